"""Component documents: what is read of one, and that everything wrong is told, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.image import documents

PLAIN = """
name: plain
schemaVersion: 1.0
parameters:
  - Bucket: {type: string, description: where it lies}
constants:
  - Folder: {type: string, value: /opt/it}
phases:
  - name: build
    steps:
      - name: Fetch
        action: S3Download
        maxAttempts: 3
        inputs:
          - {source: "s3://{{ Bucket }}/it", destination: "{{ Folder }}/it"}
      - name: Use
        action: ExecuteBash
        onFailure: Continue
        timeoutSeconds: 60
        loop: {name: Each, forEach: [one, two]}
        if: {fileExists: /etc/debian_version, else: Abort}
        inputs:
          commands: ["cat {{ build.Fetch.inputs[0].destination }} {{ Each.value }} {{ loop.index }}"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "10-it.yaml"
    path.write_text(text)
    return path


def with_steps(steps: str) -> str:
    return f"schemaVersion: 1.0\nphases:\n  - name: build\n    steps: [{steps}]\n"


def test_a_document_is_read_with_the_defaults_that_awstoe_documents(tmp_path: Path) -> None:
    document = documents.read(written(tmp_path, PLAIN))

    phase = document.phase("build")
    assert phase is not None
    fetch, use = phase.steps
    assert (fetch.timeout_seconds, fetch.on_failure, fetch.max_attempts) == (7200, "Abort", 3)
    assert (use.timeout_seconds, use.on_failure, use.max_attempts) == (60, "Continue", 1)
    assert use.condition is not None
    assert (use.condition.then, use.condition.otherwise) == ("Execute", "Abort")
    assert document.phase("test") is None
    assert documents.problems(tmp_path / "10-it.yaml") == []


def test_a_document_without_a_name_is_called_like_its_file(tmp_path: Path) -> None:
    text = with_steps("{name: Step, action: ExecuteBash, inputs: {commands: ['true']}}")
    assert documents.read(written(tmp_path, text)).name == "10-it"


@pytest.mark.parametrize(
    ("text", "place", "cause"),
    [
        ("[", "", "is no YAML"),
        ("a", "", "is no mapping"),
        ("schemaVersion: 1.0\n", "phases", "required"),
        ("schemaVersion: 1.0\nschemaVersion: 1.0\n", ":2", "schemaVersion is there twice"),
        (PLAIN.replace("1.0", "2.0"), "schemaVersion", "'1.0'"),
        (
            PLAIN.replace("name: build", "name: compile").replace("build.", "compile."),
            "phase compile",
            "allowed are build, validate, test",
        ),
        (PLAIN.replace("type: string, desc", "type: integer, desc"), "parameter Bucket: type", "'string'"),
        (PLAIN.replace("Folder", "Bucket"), "constant Bucket", "is a parameter and a constant"),
        (PLAIN.replace("timeoutSeconds: 60", "timeoutSeconds: 0"), "timeoutSeconds", "-1 means without end"),
        (PLAIN.replace("Continue", "Panic"), "onFailure", "'Abort', 'Continue' or 'Ignore'"),
        (PLAIN.replace("maxAttempts", "maxAttempt"), "maxAttempt", "not permitted"),
        (PLAIN.replace("{{ Bucket }}", "{{ Bukket }}"), "step Fetch", "{{ Bukket }} is no parameter"),
        (PLAIN.replace("Each.value", "Other.value"), "step Use", "{{ Other.value }} is no parameter"),
        (PLAIN.replace("Fetch.inputs[0].destination", "Fetch.outputs.stdout"), "step Use", "has the outputs (none)"),
        (PLAIN.replace("fileExists: /etc/debian_version", "fileIsNice: x"), "if", "exactly one operator"),
        (PLAIN.replace("name: Use", "name: Fetch"), "phase build", "two steps Fetch"),
        (
            with_steps("{name: S, action: ExecuteBush, inputs: {}}"),
            "step S: action",
            "there is no action 'ExecuteBush'",
        ),
        (with_steps("{name: S, action: InstallMSI, inputs: {}}"), "step S: action", "InstallMSI is for Windows"),
        (with_steps("{name: S, action: ExecuteBash, inputs: {commands: [1]}}"), "inputs.commands.0", "valid string"),
        (with_steps("{name: S, action: ExecuteBash}"), "inputs.commands", "required"),
        (
            with_steps("{name: S, action: SetFilePermissions, inputs: [{path: /x, permissions: 0644}]}"),
            "inputs.0.permissions",
            "valid string",
        ),
        (
            with_steps("{name: S, action: WebDownload, inputs: [{source: a, destination: b, checksum: c}]}"),
            "inputs",
            "unless both",
        ),
        (PLAIN.replace("forEach: [one, two]", "for: {start: 1, end: 2, updateBy: -1}"), "loop", "never ends"),
        (PLAIN.replace("forEach: [one, two]", ""), "loop", "either 'for' or 'forEach'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, place: str, cause: str) -> None:
    found = documents.problems(written(tmp_path, text))

    assert any(place in str(problem) and cause in str(problem) for problem in found), found
    assert all(str(problem).startswith(f"{tmp_path}/10-it.yaml:{problem.line}: ") for problem in found)


WRONG = """schemaVersion: 1.0
parameters:
  - Given: {type: number}
phases:
  - name: bild
    steps:
      - name: One
        action: ExecuteBash
        onFailure: Panic
        inputs: {commands: [1, "{{ Nothing }}"]}
      - name: One
        action: CopyFile
        inputs:
          - {source: a, destination: b}
          - {source: a}
  - name: bild
    steps: []
"""


def test_everything_that_is_wrong_is_told_at_once_with_line_and_place_in_the_order_of_the_file(tmp_path: Path) -> None:
    found = documents.problems(written(tmp_path, WRONG))
    assert [(problem.line, problem.place, problem.message.split(";")[0].split(",")[0]) for problem in found] == [
        (3, "parameter Given: type", "input should be 'string' (here is 'number')"),
        (5, "phase bild", "there is no phase 'bild'"),
        (9, "phase bild, step One: onFailure", "input should be 'Abort'"),
        (10, "phase bild, step One: inputs.commands.0", "input should be a valid string (here is 1)"),
        (10, "phase bild, step One: inputs", "{{ Nothing }} is no parameter"),
        (11, "phase bild, step One", "there are two steps One"),
        (15, "phase bild, step One: inputs.1.destination", "field required"),
        (16, "phase bild", "there is no phase 'bild'"),
        (16, "phase bild", "there are two phases bild"),
        (17, "phase bild: steps", "list should have at least 1 item after validation"),
    ]


def test_the_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("[")
    with pytest.raises(documents.DocumentError) as told:
        documents.read_all([tmp_path / "a.yaml", tmp_path / "b.yaml"])
    assert [problem.file.name for problem in told.value.problems] == ["a.yaml", "b.yaml"]


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert "No such file" in str(documents.problems(tmp_path / "none.yaml")[0])


@pytest.mark.parametrize(
    ("loop", "values"),
    [((1, 3, 1), ["1", "2", "3"]), ((3, 1, -2), ["3", "1"]), ((0, 5, 2), ["0", "2", "4"])],
)
def test_a_range_includes_both_ends(loop: tuple[int, int, int], values: list[str]) -> None:
    start, end, step = loop
    assert documents.Range(start=start, end=end, step=step).values() == values
