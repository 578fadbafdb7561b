"""The process that runs cfn-lint, which is too heavy and too slow for the emulator's own.

It reads one request per line, `{"template": ..., "region": ...}`, and answers each with one line, `{"findings": ...}`.
It ends with its input, so never outlives the emulator; after a while without work, to give its memory back; and before
it grows too large. It must not import the emulator.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import select
import sys
from collections.abc import Callable, Sequence
from typing import Any, TextIO

from emulator.strict.rules import enabled

NICENESS = 5
IDLE_SECONDS = 600.0
MEGABYTES = 400
"""Resident memory at which it ends and leaves the next template to a successor; about 140 are usual."""

Check = Callable[[dict[str, Any], str], list[dict[str, Any]]]


def load() -> Check:
    """Import cfn-lint and return a function that gives the findings in a template."""
    core, config = importlib.import_module("cfnlint.core"), importlib.import_module("cfnlint.config")
    run, decode = importlib.import_module("cfnlint.runner"), importlib.import_module("cfnlint.decode.decode")
    wanted = set(enabled())
    rules = core.get_rules([], ["W", "I"], [], {}, include_experimental=False)

    def check(template: dict[str, Any], region: str) -> list[dict[str, Any]]:
        settings = config.ConfigMixIn(regions=[region], ignore_checks=["W", "I"])
        decoded, _ = decode.decode_str(json.dumps(template))
        matches = run.run_template_by_data(decoded, settings, rules) if decoded else []
        return [
            {"rule": match.rule.id, "message": match.message, "path": place(match.rule.id, match.path or [])}
            for match in matches
            if match.rule.id in wanted
        ]

    return check


def place(rule: str, path: Sequence[str | int]) -> list[str | int]:
    """Return where a finding is; cfn-lint goes astray after the properties with subnets that lie over each other."""
    return [*path[:3], path[-1]] if rule == "E3060" else list(path)


def serve(check: Check, requests: TextIO, answers: TextIO, may_go_on: Callable[[], bool]) -> None:
    """Answer requests until there are no more, or until it is time to end."""
    while may_go_on() and (line := requests.readline()):
        request = json.loads(line)
        answer: dict[str, Any]
        try:
            answer = {"findings": check(request["template"], request["region"])}
        except Exception as error:
            # A template that cfn-lint stumbles over is none of AWS's business; the emulator notes it and goes on.
            answer = {"failure": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _may_go_on() -> bool:
    unit = 1 if sys.platform == "darwin" else 1024
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
    return megabytes < MEGABYTES and bool(select.select([sys.stdin], [], [], IDLE_SECONDS)[0])


def main() -> int:
    """Serve what comes on standard input; return the exit status."""
    os.nice(NICENESS)
    answers = os.fdopen(os.dup(1), "w")
    # Whatever a library prints must not get among the answers.
    os.dup2(2, 1)
    serve(load(), sys.stdin, answers, _may_go_on)
    return 0


if __name__ == "__main__":
    sys.exit(main())
