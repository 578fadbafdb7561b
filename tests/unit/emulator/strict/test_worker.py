"""The conversation of the process that runs cfn-lint."""

from __future__ import annotations

import io
import json
from typing import Any

from emulator.strict.worker import place, serve


def check(template: dict[str, Any], region: str) -> list[dict[str, Any]]:
    if template.get("breaks"):
        raise RuntimeError("stumbled")
    return [{"rule": "E1001", "message": region, "path": sorted(template)}]


def answers(*requests: dict[str, Any], turns: int = 99) -> list[Any]:
    written = io.StringIO()
    left = iter([True] * turns + [False])
    serve(check, io.StringIO("".join(json.dumps(one) + "\n" for one in requests)), written, lambda: next(left))
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_each_line_is_answered_by_one() -> None:
    request = {"template": {"Resources": {}}, "region": "us-east-1"}

    assert answers(request) == [{"findings": [{"rule": "E1001", "message": "us-east-1", "path": ["Resources"]}]}]


def test_a_template_that_it_stumbles_over_does_not_end_it() -> None:
    first, second = answers({"template": {"breaks": 1}, "region": "x"}, {"template": {}, "region": "x"})

    assert first == {"failure": "RuntimeError: stumbled"}
    assert "findings" in second


def test_it_ends_when_it_is_time() -> None:
    assert len(answers(*[{"template": {}, "region": "x"}] * 3, turns=2)) == 2


def test_a_finding_is_where_its_property_is():
    astray = ["Resources", "S", "Properties", "S", "Properties", "VpcId", "CidrBlock"]

    assert place("E3060", astray) == ["Resources", "S", "Properties", "CidrBlock"]
    assert place("E3059", ["Resources", "S", "Type"]) == ["Resources", "S", "Type"]
