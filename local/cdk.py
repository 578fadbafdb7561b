"""Run the real command lines, `cdk` and `slipway`, against the embedded AWS and turn their output into progress.

Nothing here changes what they do: the same command typed in an activated environment does the same.
"""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from local.console import LocalError
from local.setup import ROOT, VENV

# `slipway-local-fleet |  4/19 | 10:21:07 AM | CREATE_COMPLETE | AWS::EC2::SecurityGroup | fleet/... (Proxy1234)`
_EVENT = re.compile(
    r"^(?P<stack>[\w-]+) \| +(?P<done>\d+)/(?P<total>\d+) \| [^|]+ \| (?P<status>\w+) +\| (?P<type>[\w:]+)"
)
# `✅  slipway-local-fleet (no changes)`
_FINISHED = re.compile(r"^ *✅ +(?P<stack>[\w-]+)(?P<unchanged> \(no changes\))?")
_FAILURE = re.compile(r"\bfail|error|❌", re.IGNORECASE)


@dataclass
class Progress:
    """What has been seen of a deployment so far.

    :param changed: stacks that were created or updated.
    :param unchanged: stacks that were already as wanted.
    :param latest: the newest event in words, for example `fleet 4/19 AWS::EC2::SecurityGroup`.
    """

    changed: list[str]
    unchanged: list[str]
    latest: str = ""

    def read(self, line: str) -> None:
        """Take one line of the command's output into account."""
        if event := _EVENT.match(line):
            self.latest = f"{event['stack']} {event['done']}/{event['total']} {event['type']} {event['status'].lower()}"
        elif finished := _FINISHED.match(line):
            (self.unchanged if finished["unchanged"] else self.changed).append(finished["stack"])
            self.latest = f"{finished['stack']} done"


class LastLine(Progress):
    """The progress of a command that says line by line where it stands, with details and advice indented below."""

    def read(self, line: str) -> None:
        """Take one line of the command's output into account."""
        if line[:1].strip():
            self.latest = line.strip()


def run_slipway(
    arguments: Sequence[str],
    *,
    logs: Path,
    environment: Mapping[str, str],
    on_progress: Callable[[Progress], None],
    is_pointless: Callable[[], bool],
) -> Progress:
    """Run `slipway` to its end; parameters, result and errors are those of :func:`run_cdk`."""
    logs.mkdir(parents=True, exist_ok=True)
    return run_command(
        [str(VENV / "bin" / "slipway"), *arguments],
        log=logs / f"slipway-{'-'.join(arguments[:2])}.log",
        environment=environment,
        on_progress=on_progress,
        is_pointless=is_pointless,
        progress=LastLine([], []),
    )


def run_cdk(
    arguments: Sequence[str],
    *,
    logs: Path,
    environment: Mapping[str, str],
    on_progress: Callable[[Progress], None],
    is_pointless: Callable[[], bool],
) -> Progress:
    """Run `cdk` to its end.

    :param arguments: what follows `cdk` on the command line.
    :param logs: folder for the command's whole output.
    :param environment: the whole environment of the process.
    :param on_progress: called after each line of output.
    :param is_pointless: asked once a second; `cdk` itself tries a dead endpoint for a minute before it gives up.
    :returns: what happened.
    :raises LocalError: if it ends with a non-zero status, with the first lines that name a failure.
    """
    logs.mkdir(parents=True, exist_ok=True)
    return run_command(
        [str(VENV / "bin" / "cdk"), *arguments],
        log=logs / f"cdk-{arguments[0]}.log",
        environment=environment,
        on_progress=on_progress,
        is_pointless=is_pointless,
    )


def run_command(
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str],
    on_progress: Callable[[Progress], None],
    is_pointless: Callable[[], bool],
    progress: Progress | None = None,
    pause_seconds: float = 1.0,
) -> Progress:
    """Run a command.

    :param log: file that its whole output goes to.
    :param progress: reads its output; without one it has to print what `cdk` prints.
    :raises LocalError: if it ends with a non-zero status.
    """
    progress = progress or Progress([], [])
    failures: list[str] = []
    with (
        log.open("w", encoding="utf-8") as output,
        # jsii, through which Python speaks to the CDK, leaves its folder behind when it is interrupted.
        TemporaryDirectory(prefix="slipway-", ignore_cleanup_errors=True) as temporary,
        subprocess.Popen(
            list(command),
            cwd=ROOT,
            env={**environment, "TMPDIR": temporary},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process,
        _ending_when(is_pointless, process, pause_seconds),
    ):
        try:
            for line in process.stdout or ():
                output.write(line)
                output.flush()
                progress.read(line)
                on_progress(progress)
                if _tells_of_failure(line):
                    failures.append(line.strip())
        except KeyboardInterrupt:
            # The terminal has sent SIGINT to `cdk` as well; wait, so that nothing of it outlives us.
            _wait_or_kill(process)
            raise
    if process.returncode:
        explanation = _explain(command, process.returncode, failures, log)
        raise LocalError(explanation, f"read {log}, mend the cause, and run it again")
    return progress


@contextmanager
def _ending_when(
    is_pointless: Callable[[], bool], process: subprocess.Popen[str], pause_seconds: float
) -> Iterator[None]:
    over = threading.Event()

    def watch() -> None:
        while not over.wait(pause_seconds):
            if is_pointless():
                process.terminate()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _tells_of_failure(line: str) -> bool:
    if event := _EVENT.match(line):
        return event["status"].endswith("_FAILED")
    return _FAILURE.search(line) is not None


def _wait_or_kill(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _explain(command: Sequence[str], status: int, failures: Sequence[str], log: Path) -> str:
    """Put the first cause first: what follows it in the log is mostly its consequence."""
    causes = failures or log.read_text(encoding="utf-8").strip().splitlines()[-10:]
    shown = "\n".join(f"    {cause}" for cause in causes[:8])
    return f"'{Path(command[0]).name} {command[1]}' ended with {status}:\n{shown}"
