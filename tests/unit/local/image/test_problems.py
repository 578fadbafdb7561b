"""How a problem of a document is told: file and line, and the place by the names that the document gives."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from local.image.problems import Location, Problem, line, place

TEXT = """parameters:
  - One: {type: string}
  - Two:
      type: string
phases:
  - name: build
    steps:
      - name: Write
        action: ExecuteBash
      - action: Reboot
"""


@pytest.mark.parametrize(
    ("location", "words", "number"),
    [
        ((), "", 1),
        (("parameters", "Two", "type"), "parameter Two: type", 4),
        (("phases",), "phases", 5),
        (("phases", 0, "name"), "phase build: name", 6),
        (("phases", 0, "steps", 0, "action"), "phase build, step Write: action", 9),
        (("phases", 0, "steps", 1, "name"), "phase build, step 2: name", 10),
    ],
)
def test_a_location_is_said_in_names_and_found_in_the_file(location: Location, words: str, number: int) -> None:
    assert place(yaml.safe_load(TEXT), location) == words
    node = yaml.compose(TEXT)
    assert node is not None
    assert line(node, location) == number


def test_it_is_one_line_that_begins_with_the_file_as_it_was_typed() -> None:
    assert str(Problem(Path("image/it.yaml"), 3, "phase build", "is odd")) == "image/it.yaml:3: phase build: is odd"
    assert str(Problem(Path("it.yaml"), None, "", "cannot be read")) == "it.yaml: cannot be read"
