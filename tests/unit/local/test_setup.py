"""Set-up does each step once, again when its inputs change, and never counts an interrupted one as done."""

from pathlib import Path

import pytest

from local.setup import SetupError, Step, build, native_steps


class Recorder:
    """A step's work: notes that it ran, and fails once where asked to."""

    def __init__(self, output: Path, failures: int = 0) -> None:
        self.output = output
        self.runs = 0
        self.failures = failures

    def __call__(self) -> None:
        self.runs += 1
        if self.runs <= self.failures:
            raise SetupError("no network")
        self.output.write_text("built")


def make_step(folder: Path, name: str, failures: int = 0) -> tuple[Step, Recorder]:
    lock = folder / f"{name}.txt"
    lock.write_text("one")
    recorder = Recorder(folder / f"{name}.out", failures)
    return Step(name, (lock,), (recorder.output,), recorder), recorder


def test_a_step_is_done_once(tmp_path: Path) -> None:
    step, recorder = make_step(tmp_path, "a")
    build([step], tmp_path / "stamps")
    build([step], tmp_path / "stamps")
    assert recorder.runs == 1


def test_a_changed_lock_makes_it_run_again(tmp_path: Path) -> None:
    step, recorder = make_step(tmp_path, "a")
    build([step], tmp_path / "stamps")
    step.inputs[0].write_text("two")
    build([step], tmp_path / "stamps")
    assert recorder.runs == 2


def test_a_missing_output_makes_it_run_again(tmp_path: Path) -> None:
    step, recorder = make_step(tmp_path, "a")
    build([step], tmp_path / "stamps")
    recorder.output.unlink()
    build([step], tmp_path / "stamps")
    assert recorder.runs == 2


def test_a_failed_step_is_done_again_and_those_before_it_are_not(tmp_path: Path) -> None:
    first, done = make_step(tmp_path, "first")
    second, failing = make_step(tmp_path, "second", failures=1)
    with pytest.raises(SetupError, match="no network"):
        build([first, second], tmp_path / "stamps")
    build([first, second], tmp_path / "stamps")
    assert (done.runs, failing.runs) == (1, 2)


@pytest.mark.parametrize(("platform", "version"), [("darwin", (3, 12)), ("linux", (3, 14))])
def test_a_machine_that_can_load_no_layer_gets_packages_of_its_own(platform: str, version: tuple[int, int]) -> None:
    assert [step.name for step in native_steps(platform, version)] == ["function packages for this machine"]


def test_a_machine_like_lambda_needs_none() -> None:
    assert native_steps("linux", (3, 12)) == []
