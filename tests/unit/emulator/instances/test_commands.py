"""The command about instances."""

from __future__ import annotations

from emulator.__main__ import parse
from emulator.instances.commands import run


class Fake:
    def control(self, command, **arguments):
        self.asked = (command, arguments)
        return {"instance_id": arguments["instance_id"], "terminates_at": "2026-01-01T00:02:00Z"}


def test_interrupt_asks_the_emulator_and_says_when(capsys):
    emulator = Fake()

    status = run(parse(["interrupt", "i-1", "--notice", "5"]), emulator)

    assert status == 0
    assert emulator.asked == ("interrupt-spot", {"instance_id": "i-1", "notice_seconds": 5.0})
    assert capsys.readouterr().err == "i-1 has its notice and is terminated at 2026-01-01T00:02:00Z\n"


def test_notice_is_that_of_aws_unless_said():
    assert parse(["interrupt", "i-1"]).notice == 120
