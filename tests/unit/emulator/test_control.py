"""The control API: which requests it takes, and how it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.control import HEADER, Control, ControlError


def double(arguments: dict[str, Any]) -> dict[str, Any]:
    if "number" not in arguments:
        raise ControlError("say which number")
    return {"doubled": 2 * arguments["number"]}


@pytest.fixture
def control() -> Control:
    made = Control()
    made.add("double", double)
    made.add("broken", lambda arguments: {"found": arguments["missing"]})
    return made


@pytest.mark.parametrize(
    ("method", "name", "headers", "body", "status", "answer"),
    [
        ("POST", "double", {HEADER: "1"}, b'{"number": 4}', 200, {"doubled": 8}),
        ("POST", "double", {HEADER: "1"}, b"", 400, {"error": "say which number"}),
        ("POST", "double", {HEADER: "1"}, b"[]", 400, {"error": "the arguments must be a JSON object"}),
        ("POST", "halve", {HEADER: "1"}, b"", 404, {"error": "there is no command 'halve'; there are broken, double"}),
        ("GET", "double", {HEADER: "1"}, b"", 405, {"error": f"send POST requests with the header {HEADER}"}),
        ("POST", "double", {}, b"{}", 405, {"error": f"send POST requests with the header {HEADER}"}),
    ],
)
def test_requests(
    control: Control, method: str, name: str, headers: dict[str, str], body: bytes, status: int, answer: object
) -> None:
    assert control.answer(method, f"/_slipway/{name}", headers, body) == (status, answer)


def test_what_is_no_json_is_named(control: Control) -> None:
    status, answer = control.answer("POST", "/_slipway/double", {HEADER: "1"}, b"{")

    assert status == 400
    assert "no JSON" in json.dumps(answer)


def test_a_command_that_fails_says_so_and_is_logged(control: Control, caplog: pytest.LogCaptureFixture) -> None:
    status, answer = control.answer("POST", "/_slipway/broken", {HEADER: "1"}, b"{}")

    assert status == 500
    assert answer == {"error": "broken failed (KeyError: 'missing'); the emulator's log says where"}
    assert "Traceback" in caplog.text
