"""A log that has become too long is put aside, and who writes it does not notice."""

from __future__ import annotations

from emulator.logfile import previous, shorten


def test_a_short_log_stays(tmp_path):
    log = tmp_path / "emulator.log"
    log.write_text("line\n")

    shorten(log, longest=100)
    shorten(tmp_path / "none.log", longest=100)

    assert log.read_text() == "line\n"
    assert not previous(log).exists()


def test_a_long_log_goes_on_in_the_same_open_file(tmp_path):
    log = tmp_path / "emulator.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old\n" * 100)
        shorten(log, longest=100)
        writer.write(b"new\n")

    assert log.read_text() == "new\n"
    assert previous(log).read_text() == "old\n" * 100
