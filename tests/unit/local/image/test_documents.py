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
        ("schemaVersion: 1.0\nschemaVersion: 1.0\n", "", "schemaVersion is there twice"),
        (PLAIN.replace("1.0", "2.0"), "schemaVersion", "'1.0'"),
        (PLAIN.replace("name: build", "name: compile").replace("build.", "compile."), "", "none of the phases"),
        (PLAIN.replace("type: string, desc", "type: integer, desc"), "parameters.Bucket.type", "'string'"),
        (PLAIN.replace("Folder", "Bucket"), "", "is a parameter and a constant"),
        (PLAIN.replace("timeoutSeconds: 60", "timeoutSeconds: 0"), "timeoutSeconds", "-1 means without end"),
        (PLAIN.replace("Continue", "Panic"), "onFailure", "'Abort', 'Continue' or 'Ignore'"),
        (PLAIN.replace("maxAttempts", "maxAttempt"), "maxAttempt", "not permitted"),
        (PLAIN.replace("{{ Bucket }}", "{{ Bukket }}"), "step Fetch", "{{ Bukket }} is no parameter"),
        (PLAIN.replace("Each.value", "Other.value"), "step Use", "{{ Other.value }} is no parameter"),
        (PLAIN.replace("Fetch.inputs[0].destination", "Fetch.outputs.stdout"), "step Use", "has the outputs (none)"),
        (PLAIN.replace("fileExists: /etc/debian_version", "fileIsNice: x"), "if", "exactly one operator"),
        (PLAIN.replace("name: Use", "name: Fetch"), "phase build", "two steps Fetch"),
        (with_steps("{name: S, action: ExecuteBush, inputs: {}}"), "steps.0", "there is no action 'ExecuteBush'"),
        (with_steps("{name: S, action: InstallMSI, inputs: {}}"), "steps.0", "is for Windows"),
        (with_steps("{name: S, action: ExecuteBash, inputs: {commands: [1]}}"), "inputs.commands.0", "valid string"),
        (with_steps("{name: S, action: ExecuteBash}"), "inputs.commands", "required"),
        (
            with_steps("{name: S, action: SetFilePermissions, inputs: [{path: /x, permissions: 0644}]}"),
            "inputs.permissions",
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

    assert any(place in line and cause in line for line in found), found
    assert all(line.startswith("10-it.yaml: ") for line in found)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = PLAIN.replace("timeoutSeconds: 60", "timeoutSeconds: 0").replace("maxAttempts: 3", "maxAttempts: 0")
    with pytest.raises(documents.DocumentError) as told:
        documents.read(written(tmp_path, text))
    assert len(told.value.problems) == 2


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert "No such file" in documents.problems(tmp_path / "none.yaml")[0]


@pytest.mark.parametrize(
    ("loop", "values"),
    [((1, 3, 1), ["1", "2", "3"]), ((3, 1, -2), ["3", "1"]), ((0, 5, 2), ["0", "2", "4"])],
)
def test_a_range_includes_both_ends(loop: tuple[int, int, int], values: list[str]) -> None:
    start, end, step = loop
    assert documents.Range(start=start, end=end, step=step).values() == values
