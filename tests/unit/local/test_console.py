"""A step says that it runs, how long it took, and whether it came to its end."""

import pytest

from local import console


def test_a_step_tells_its_name_and_result(capsys: pytest.CaptureFixture[str]) -> None:
    with console.step("build it") as running:
        running.detail("half of it")
        running.result = "3 parts"

    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines()[0] == "... build it"
    assert output.err.splitlines()[1].startswith("ok  build it  3 parts  ")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_step_that_does_not_end_well_is_no_ok(capsys: pytest.CaptureFixture[str], error: type[BaseException]) -> None:
    with pytest.raises(error), console.step("build it"):
        raise error

    assert capsys.readouterr().err.splitlines()[1].startswith("stopped  build it  ")


def test_an_error_comes_with_the_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    console.complain(console.LocalError("no room for [x]", "make room"))

    assert capsys.readouterr().err == "error: no room for [x]\n  next: make room\n"
