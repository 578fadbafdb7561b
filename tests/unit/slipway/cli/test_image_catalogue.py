"""`slipway image list`, `use`, `distribute` and `delete`: what they print, ask, and refuse."""

from __future__ import annotations

import json
from io import StringIO

import pytest

from slipway.domain.errors import SlipwayError
from slipway.domain.images import Parameter
from tests.unit.slipway.cli.image_command import ImageCommand
from tests.unit.slipway.engine.images.world import BASE, FURTHER, HOME, PARAMETER, finishes

FAR = "ap-southeast-2"


@pytest.fixture
def image(slipway):
    return ImageCommand(slipway)


def test_images_are_listed_with_what_hangs_on_them(image):
    made = image.memory.finished()
    image.memory.values[HOME, PARAMETER] = Parameter(PARAMETER, made.amis[HOME])
    image.memory.seconds = 7200

    result = image("list", "blue")

    assert f"1.2.3/1  available  2 h old  12 GiB  on {BASE}" in result.out
    assert f"  {HOME}       {made.amis[HOME]}  next deployment\n" in result.out
    document = json.loads(image("list", "blue", "--json").out)
    assert (document["images"][0]["namedIn"], document["images"][0]["volumeGib"]) == ([HOME], 12)


def test_where_there_is_none_it_says_how_to_build_one(image):
    assert "next: slipway image build blue" in image("list", "blue").out
    image.memory.stacks.clear()
    assert "next: cdk deploy -c env=blue shop-blue-image" in image("list", "blue").out


def test_a_choice_is_seen_and_an_image_without_amis_too(image):
    gone, made = image.memory.finished(), image.memory.finished()
    for region, ami in gone.amis.items():
        image.memory.machine_images.pop((region, ami))
    image("use", "blue", made.label)

    out = image("list", "blue").out

    assert f"{made.amis[HOME]}  next deployment, chosen by `slipway image use`\n" in out
    assert "none of its AMIs is there any more" in out
    assert gone.amis[HOME] not in out


def test_the_end_of_a_choice_and_a_choice_that_changes_nothing_are_told(image):
    image.memory.finished("1.0.0")
    image.memory.finished()

    chosen, ended, none = (image("use", "blue", which).out for which in ("1.0.0/1", "latest", "latest"))

    assert "it is of recipe 1.0.0, and 1.2.3 is deployed\n" in chosen
    assert "it stays chosen until another image is built, or `slipway image use blue latest`\n" in chosen
    assert ended.startswith("the choice has ended, and image 1.2.3/1, the newest, counts again")
    assert none.startswith("no choice was in force")
    assert none.endswith("the next deployment would have launched it anyway\n")


def test_a_choice_is_told_with_what_it_replaces(image):
    made = image.memory.finished()
    image.memory.values[HOME, PARAMETER] = Parameter(PARAMETER, "ami-0")

    result = image("use", "blue", "1.2.3/1")

    assert f"  {HOME}  {made.amis[HOME]}  (was ami-0)\n" in result.out
    assert result.out.endswith("next: cdk deploy -c env=blue --all\n")
    assert json.loads(image("use", "blue", "latest", "--json").out)["before"] == made.amis


def test_a_copy_is_told(image):
    image.memory.finished()
    image.memory.courses = [finishes]

    result = image("distribute", "blue", "--to", FAR)

    assert result.status == 0, result.err
    assert result.out.startswith(f"{FAR}  ami-")
    assert image.memory.values[FAR, PARAMETER].ami in result.out
    assert image("distribute", "blue", "--to", FAR).out.endswith("(was there already)\n")
    assert json.loads(image("distribute", "blue", "--to", FAR, "--json").out)["how"] == "reused"


def test_a_copy_needs_a_region(image):
    assert image("distribute", "blue").status == 2


def test_nothing_is_removed_unless_somebody_says_yes(image):
    image.memory.finished()

    result = image("delete", "blue", "1.2.3/1")

    assert result.status == 1
    assert "next: add --yes" in result.err
    assert image.memory.known


def test_a_question_that_nobody_answers_is_a_document_too(image):
    assert json.loads(image("delete", "blue", "--all", "--json").out)["error"]["code"] == "not-confirmed"


@pytest.mark.parametrize(
    ("answer", "status", "what"), [("n\n", 1, "the answer was no, so nothing"), ("", 130, "interrupted; nothing was")]
)
def test_an_answer_that_is_not_yes_removes_nothing(image, monkeypatch, answer, status, what):
    image.memory.finished()
    terminal = StringIO(answer)
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", terminal)

    result = image("delete", "blue", "--all")

    assert (result.status, what in result.err) == (status, True)
    assert image.memory.known


@pytest.mark.parametrize("arguments", [(), ("1.2.3/1", "--all"), ("1.2.3/1", "--even-in-use")])
def test_what_is_to_be_removed_has_to_be_said(image, arguments):
    assert image("delete", "blue", "--yes", *arguments).status == 2


def test_what_was_removed_is_told(image):
    made = image.memory.finished()

    result = image("delete", "blue", "1.2.3/1", "--yes")

    assert "removed image 1.2.3/1\n" in result.out
    assert f"removed AMI {FURTHER} {made.amis[FURTHER]}, with its snapshots\n" in result.out
    assert image("delete", "blue", "--all", "--yes").out == "there was nothing to remove\n"


def test_what_is_left_is_told_and_ends_badly(image):
    image.memory.finished()
    image.memory.broken["remove"] = SlipwayError("not-allowed", "DeregisterImage was refused", "")

    result = image("delete", "blue", "--all", "--yes", "--json")

    assert result.status == 1
    assert "DeregisterImage was refused" in json.loads(result.out)["left"][0]
    assert "error: something is left" in result.err
