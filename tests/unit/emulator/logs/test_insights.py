"""Which queries of Logs Insights are answered."""

from __future__ import annotations

import pytest

from emulator.logs.insights import refusal


@pytest.mark.parametrize(
    "command",
    [
        "fields @timestamp, @message",
        "filter @message like /ERROR|WARN/i",
        r"filter @logStream = 'it\'s'",
        "filter toMillis(@timestamp) >= 5",
        "SORT @timestamp DESC",
        "limit 20",
    ],
)
def test_commands_that_are_answered(command: str):
    assert refusal([command]) is None


@pytest.mark.parametrize(
    "command",
    [
        "stats count(*) by bin(5m)",
        "fields @timestamp, level",
        "filter level = 'ERROR'",
        "filter @message like 'ERROR'",
        "filter @message like /a/ and @message like /b/",
        "parse @message '*' as x",
    ],
)
def test_commands_that_would_be_passed_over_are_refused(command: str):
    assert str(refusal(["fields @message", command])).startswith(f"{command!r} is not emulated")
