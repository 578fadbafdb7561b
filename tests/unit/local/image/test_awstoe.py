"""Running documents: AWSTOE's order, attempts, timeouts, loops, conditions and failures."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.image import documents
from local.image.awstoe import Argument, BuildFailed, Executor, Status, StepResult, refuse_undeclared
from local.image.documents import Document

from .here import Here, Shelf


def document(folder: Path, steps: str, name: str = "it", head: str = "") -> Document:
    path = folder / f"{name}.yaml"
    path.write_text(f"schemaVersion: 1.0\n{head}\nphases:\n  - name: build\n    steps:\n{steps}")
    return documents.read(path)


def bash(name: str, command: str, more: str = "") -> str:
    return f"      - {{name: {name}, action: ExecuteBash, inputs: {{commands: [{command!r}]}}{more}}}\n"


class Run:
    """An executor, and what it told of each step."""

    def __init__(self, **arguments: str) -> None:
        self.machine = Here()
        self.results: list[StepResult] = []
        self.executor = Executor(self.machine, Shelf(), arguments, ended=self.results.append)

    def statuses(self) -> dict[str, Status]:
        return {result.step: result.status for result in self.results}

    def build(self, *chosen: Document) -> None:
        self.executor.run(chosen, "build")


def test_documents_run_one_after_the_other_and_only_the_phase_asked_for(tmp_path: Path) -> None:
    log = tmp_path / "log"
    other = f"  - name: test\n    steps:\n{bash('Not', f'echo not >> {log}')}"
    first = document(tmp_path, bash("One", f"echo one >> {log}") + bash("Two", f"echo two >> {log}") + other, "first")
    second = document(tmp_path, bash("Three", f"echo three >> {log}"), "second")

    run = Run()
    run.build(first, second)

    assert log.read_text().split() == ["one", "two", "three"]
    assert [(each.document, each.step) for each in run.results] == [
        ("first", "One"),
        ("first", "Two"),
        ("second", "Three"),
    ]


def test_a_failed_step_ends_the_build_with_its_cause(tmp_path: Path) -> None:
    first = document(tmp_path, bash("Bad", "echo no room >&2; exit 1") + bash("After", "true"), "first")
    run = Run()
    with pytest.raises(BuildFailed, match=r"first, phase build, step Bad: no room \(status 1\)"):
        run.build(first, document(tmp_path, bash("Later", "true"), "second"))
    assert run.statuses() == {"Bad": Status.FAILED}


def test_continue_runs_the_rest_of_the_document_and_still_fails(tmp_path: Path) -> None:
    run = Run()
    with pytest.raises(BuildFailed, match="step Bad"):
        run.build(document(tmp_path, bash("Bad", "exit 1", ", onFailure: Continue") + bash("After", "true")))
    assert run.statuses() == {"Bad": Status.FAILED, "After": Status.SUCCESS}


def test_ignore_is_still_a_success(tmp_path: Path) -> None:
    run = Run()
    run.build(document(tmp_path, bash("Bad", "exit 1", ", onFailure: Ignore") + bash("After", "true")))
    assert run.statuses() == {"Bad": Status.IGNORED, "After": Status.SUCCESS}


def test_a_step_has_as_many_attempts_as_it_says(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    run = Run()
    run.build(document(tmp_path, bash("Slow", f"[ -e {flag} ] || {{ touch {flag}; exit 1; }}", ", maxAttempts: 2")))
    assert (run.results[0].attempts, run.results[0].cause) == (2, "")


def test_a_step_that_hangs_is_ended_and_named(tmp_path: Path) -> None:
    run = Run()
    with pytest.raises(BuildFailed, match="step Hang: ran longer than 1 s and was ended"):
        run.build(document(tmp_path, bash("Hang", "sleep 60", ", timeoutSeconds: 1")))


@pytest.mark.parametrize(
    ("loop", "printed"),
    [
        ("name: Each, forEach: [a, '{{ Word }}']", "0a 1w"),
        ("name: Each, forEach: {list: 'x;{{ Word }}', delimiter: ';'}", "0x 1w"),
        ("name: Each, for: {start: 2, end: 0, updateBy: -2}", "02 10"),
    ],
)
def test_loops(tmp_path: Path, loop: str, printed: str) -> None:
    step = bash("Each", "echo {{ loop.index }}{{ Each.value }}", f", loop: {{{loop}}}")
    use = bash("Use", f"echo '{{{{ build.Each.outputs.stdout }}}}' > {tmp_path}/out")
    run = Run(Word="w")
    run.build(document(tmp_path, step + use, head="parameters: [{Word: {type: string}}]"))
    assert (tmp_path / "out").read_text().split() == printed.split()


def test_a_loop_that_fails_says_in_which_iteration(tmp_path: Path) -> None:
    run = Run()
    with pytest.raises(BuildFailed, match=r"iteration 1"):
        run.build(document(tmp_path, bash("Each", "exit {{ loop.value }}", ", loop: {forEach: ['0', '1', '2']}")))


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("fileExists: /", Status.SUCCESS),
        ("fileExists: /none", Status.SKIPPED),
        ("stringEquals: a, value: '{{ Word }}'", Status.SKIPPED),
        ("fileExists: /none, else: Execute", Status.SUCCESS),
        ("fileExists: /, then: Skip", Status.SKIPPED),
    ],
)
def test_conditions_decide_whether_a_step_runs(tmp_path: Path, condition: str, status: Status) -> None:
    run = Run(Word="w")
    head = "parameters: [{Word: {type: string}}]"
    run.build(document(tmp_path, bash("Maybe", "true", f", if: {{{condition}}}"), head=head))
    assert run.statuses() == {"Maybe": status}


def test_a_condition_may_end_the_build(tmp_path: Path) -> None:
    run = Run()
    with pytest.raises(BuildFailed, match="its condition is false, and then it aborts"):
        run.build(document(tmp_path, bash("Maybe", "true", ", if: {fileExists: /none, else: Abort}")))


def test_a_restart_runs_the_same_step_again(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    run = Run()
    run.build(document(tmp_path, bash("Kernel", f"[ -e {flag} ] || {{ touch {flag}; exit 194; }}")))
    assert (run.machine.reboots, run.statuses()) == (1, {"Kernel": Status.SUCCESS})


def test_restarts_without_end_are_a_failure(tmp_path: Path) -> None:
    run = Run()
    with pytest.raises(BuildFailed, match="more than 10 restarts"):
        run.build(document(tmp_path, bash("Kernel", "exit 194")))


def test_parameters_constants_and_inputs_of_other_steps(tmp_path: Path) -> None:
    parameters = "parameters: [{Given: {type: string}}, {Default: {type: string, default: d}}]"
    head = f"{parameters}\nconstants: [{{Fixed: {{type: string, value: f}}}}]"
    steps = bash("First", "echo {{ Given }}{{ Default }}{{Fixed}}") + bash(
        "Second", f"echo '{{{{ build.First.inputs.commands[0] }}}}' > {tmp_path}/out"
    )
    Run(Given="g", Other="o").build(document(tmp_path, steps, head=head))
    assert (tmp_path / "out").read_text() == "echo gdf\n"


def test_a_parameter_without_a_value_ends_it_before_anything_runs(tmp_path: Path) -> None:
    run = Run()
    with pytest.raises(Argument, match="the parameter Given has no value and no default; give Given=…"):
        run.build(document(tmp_path, bash("Step", "echo {{ Given }}"), head="parameters: [{Given: {type: string}}]"))
    assert run.results == []


def test_each_result_says_how_long_and_how_much(tmp_path: Path) -> None:
    sizes, times = iter([100, 350]), iter(float(number) for number in range(10))
    executor = Executor(Here(), Shelf(), used=lambda: next(sizes), clock=lambda: next(times))
    results = executor.run([document(tmp_path, bash("Step", "true"))], "build")
    assert (results[0].grown, results[0].seconds > 0) == (250, True)


def test_a_name_that_no_document_has_a_parameter_of_is_refused_with_what_is_there(tmp_path: Path) -> None:
    none = document(tmp_path, bash("Step", "true"))
    refuse_undeclared([none], [])
    with pytest.raises(Argument, match="no document has a parameter Bogus; they have none"):
        refuse_undeclared([none], ["Bogus"])
