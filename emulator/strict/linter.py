"""Ask cfn-lint, in its own process, what AWS would refuse in a template; and remember what it said.

A check that fails is reported and counts as none: a template must not be refused because of a tool.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import select
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from emulator.strict.rules import Moment, enabled, moments

TIMEOUT_SECONDS = 60.0
logger = logging.getLogger("slipway.emulator")


@dataclass(frozen=True)
class Finding:
    """Something that AWS refuses.

    :param rule: id in cfn-lint.
    :param message: what is wrong, in cfn-lint's words.
    :param path: where, from the top of the template.
    """

    rule: str
    message: str
    path: tuple[str | int, ...]

    @property
    def moment(self) -> Moment:
        """When AWS refuses it."""
        return moments()[self.rule]

    @property
    def place(self) -> str:
        """The path in the form that CloudFormation uses."""
        return "".join(f"/{step}" for step in self.path)


class Memory:
    """Findings by template, in files, so that a template is checked once and not at each start.

    :param folder: holds them; made if missing.
    :param limit: number of templates to remember; the oldest go first.
    """

    def __init__(self, folder: Path, limit: int = 500) -> None:
        self._folder = folder
        self._limit = limit

    def get(self, key: str) -> list[Finding] | None:
        """Return what was found in a template, or None if it is not known."""
        try:
            rows = json.loads((self._folder / f"{key}.json").read_text())
            return [Finding(row["rule"], row["message"], tuple(row["path"])) for row in rows]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, key: str, findings: Sequence[Finding]) -> None:
        """Remember what was found in a template."""
        self._folder.mkdir(parents=True, exist_ok=True)
        temporary = self._folder / f"{key}.{threading.get_ident()}.new"
        temporary.write_text(json.dumps([asdict(finding) for finding in findings]))
        temporary.replace(self._folder / f"{key}.json")
        known = sorted(self._folder.glob("*.json"), key=_age)
        for path in known[: -self._limit]:
            path.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        # Another emulator has removed it meanwhile.
        return 0.0


class Linter:
    """cfn-lint in a process of its own, started when it is first needed; may be used by several threads.

    :param command: starts the process, see :mod:`emulator.strict.worker`.
    :param environment: all that it gets to see of the environment.
    :param version: of cfn-lint; findings of another one are not used.
    :param memory: keeps findings.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], version: str, memory: Memory) -> None:
        self._command = list(command)
        self._environment = dict(environment)
        self._salt = " ".join((version, *enabled()))
        self._memory = memory
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def check(self, template: dict[str, Any], region: str) -> list[Finding]:
        """Return what AWS refuses in a template; may take seconds, so never to be called on an event loop."""
        request = json.dumps({"template": template, "region": region}, sort_keys=True, default=str)
        key = hashlib.sha256(f"{self._salt}\n{request}".encode()).hexdigest()
        known = self._memory.get(key)
        if known is not None:
            return known
        with self._lock:
            answer = self._ask(request)
        if "findings" not in answer:
            logger.warning("a template was not held against cfn-lint's rules: %s", answer["failure"])
            return []
        findings = [Finding(row["rule"], row["message"], tuple(row["path"])) for row in answer["findings"]]
        self._memory.put(key, findings)
        return findings

    def _ask(self, request: str) -> dict[str, Any]:
        running = self._process
        line = self._exchange(running, request) if running and running.poll() is None else ""
        if not line:
            # There was none, or it has ended meanwhile, as it does after a while without work.
            self.close()
            line = self._exchange(self._start(), request)
        if not line:
            self.close()
            return {"failure": f"it did not answer in {TIMEOUT_SECONDS:.0f} s, or ended"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _start(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self._process

    def _exchange(self, process: subprocess.Popen[str], request: str) -> str:
        if process.stdin is None or process.stdout is None:
            return ""
        try:
            process.stdin.write(request + "\n")
            process.stdin.flush()
            is_there = select.select([process.stdout], [], [], TIMEOUT_SECONDS)[0]
            return process.stdout.readline() if is_there else ""
        except OSError:
            return ""

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        with contextlib.suppress(OSError):
            # What it was not told any more cannot be written.
            process.communicate()
