"""`slipway image build`, `status` and `cancel`: what they print, where, and the status that they end with."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from slipway.domain.errors import RefusedError
from slipway.domain.images import Status
from tests.unit.slipway.cli.image_command import ImageCommand
from tests.unit.slipway.engine.images.world import FURTHER, HOME, fails, finishes, runs


@pytest.fixture
def image(slipway):
    return ImageCommand(slipway)


def test_a_build_is_told_on_stderr_and_its_result_on_stdout(image):
    image.memory.courses = [runs, finishes]

    result = image("build", "blue")

    assert result.status == 0
    assert "build: ApplyBuildComponents (ExecuteComponents) running" in result.err
    assert result.out.startswith("image 1.2.3/1 was built in 0 s\n  eu-west-1  ami-")
    assert result.out.endswith("next: cdk deploy -c env=blue --all\n")


def test_a_terminal_shows_the_result_once_and_a_log_ends_with_it(image, monkeypatch):
    image.memory.courses = [finishes]
    assert image("build", "blue").err.splitlines()[-1] == "image 1.2.3/1 was built in 0 s"
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "xterm")

    result = image("build", "blue")

    assert result.out.startswith("image 1.2.3/1 is there already")
    assert "is there already" not in result.err


def test_what_is_there_already_says_what_it_was_compared_with(image):
    image.memory.finished()

    out = image("build", "blue").out

    assert "made of what the deployed image stack describes; nothing was built" in out
    assert "changed the sources? deploy the image stack first: cdk deploy -c env=blue shop-blue-image\n" in out


@pytest.mark.parametrize(
    ("value", "is_unheeded"), [("image.keep_images=9", True), ("image.build_timeout_minutes=70", False)]
)
def test_a_value_that_a_build_does_not_look_at_is_told(image, value, is_unheeded):
    image.memory.finished()

    err = image("build", "blue", "--set", value).err

    assert (f"--set {value} changes nothing here" in err) is is_unheeded
    assert (f"cdk deploy -c env=blue shop-blue-image -c set={value}" in err) is is_unheeded


def test_what_somebody_else_had_started_is_told(image):
    image("build", "blue", "--no-wait")
    image.memory.courses = [finishes]

    assert "was built in 0 s; somebody else had started that\n" in image("build", "blue").out


def test_for_programs_there_is_one_document(image):
    image.memory.courses = [finishes]

    document = json.loads(image("build", "blue", "--json").out)

    assert (document["how"], document["image"], document["status"]) == ("built", "1.2.3/1", "AVAILABLE")
    assert set(document["amis"]) == {HOME, FURTHER}


def test_what_is_not_waited_for_tells_how_to_follow_it(image):
    assert "next: slipway image status blue 1.2.3/1 --follow" in image("build", "blue", "--no-wait").out


def test_a_failure_is_told_to_people_and_to_programs(image):
    image.memory.courses = [fails("no such package")]

    result = image("build", "blue", "--json")

    assert result.status == 1
    error = json.loads(result.out)["error"]
    assert (error["code"], error["image"]) == ("build-failed", "1.2.3/1")
    assert set(error["cause"]) == {"where", "what", "lines", "next_step"}
    assert (error["cause"]["what"], error["cause"]["lines"]) == ("no such package", [])
    assert "image 1.2.3/1 failed, begun" in image("status", "blue").out
    assert "error: build 1.2.3/1 failed: component" in result.err
    assert "Traceback" not in result.err


def test_an_interruption_leaves_the_build_alone_and_says_how_to_go_on(image):
    def interrupted(_):
        raise KeyboardInterrupt

    image.memory.courses = [interrupted]

    result = image("build", "blue")

    assert result.status == 130
    assert "to follow it: slipway image status blue --follow" in result.err
    assert "to end it: slipway image cancel blue" in result.err
    assert "cancel" not in image.memory.calls


@pytest.mark.parametrize("minutes", ["0", "-3", "nan"])
def test_a_time_that_is_none_is_refused(image, minutes):
    result = image("build", "blue", "--timeout", minutes)

    assert result.status == 2
    assert "above 0" in result.err


@pytest.mark.parametrize(
    ("arguments", "what"),
    [(["nowhere"], '"nowhere"'), (["blue", "--set", "image.volume_gib=many"], "image.volume_gib")],
)
def test_a_configuration_that_is_wrong_is_told_to_programs_too(image, arguments, what):
    result = image("build", *arguments, "--json")

    error = json.loads(result.out)["error"]
    assert (result.status, error["code"]) == (1, "configuration")
    assert what in error["what"]
    assert error["problems"][0]["message"]


@pytest.mark.parametrize("code", ["no-credentials", "credentials-unknown", "wrong-account"])
def test_the_local_environment_says_how_to_reach_the_embedded_aws(image, code):
    image.slipway.write("local", "removal: destroy\naccount: '000000000000'\n")
    image.memory.broken["images"] = RefusedError(code, "no", "sign in")

    assert 'next: eval "$(make -s env)"' in image("status", "local").err
    assert "next: sign in" in image("status", "blue").err


def test_amis_that_are_gone_are_not_shown(image):
    made = image.memory.finished()
    image.memory.machine_images.pop((FURTHER, made.amis[FURTHER]))

    assert set(json.loads(image("status", "blue", "--json").out)["amis"]) == {HOME}


@pytest.mark.parametrize("command", [("status",), ("use", "latest"), ("bom",)])
def test_without_a_stack_there_are_no_images(image, command):
    image.memory.stacks.clear()

    name, *more = command
    err = image(name, "blue", *more).err

    assert "there is no stack shop-blue-image in us-east-1, which images are built from, so environment blue has" in err
    assert "next: cdk deploy -c env=blue shop-blue-image" in err


def test_the_build_that_was_started_last_tells_how_it_goes(image):
    image("build", "blue", "--no-wait")

    result = image("status", "blue")

    assert result.status == 0
    assert "image 1.2.3/1 is pending, begun 2026-11-21 12:00 UTC" in result.out
    assert "build         ApplyBuildComponents       running" in result.out


def test_a_build_is_followed_to_its_end(image):
    image("build", "blue", "--no-wait")
    image.memory.courses = [runs, fails("no such package")]

    result = image("status", "blue", "--follow")

    assert result.status == 1
    assert "cause: component" in result.out
    assert "  next: mend that step" in result.out


def test_programs_are_told_steps_and_cause(image):
    image("build", "blue", "--no-wait")
    image.memory.courses = [fails("no such package")]

    document = json.loads(image("status", "blue", "latest", "--json").out or "{}")
    assert document["error"]["code"] == "image-unknown"
    document = json.loads(image("status", "blue", "--json").out)
    assert document["cause"]["what"] == "no such package"
    assert document["steps"][0]["step"] == "ApplyBuildComponents"


def test_a_build_is_cancelled_or_there_is_none(image):
    image("build", "blue", "--no-wait")

    assert image("cancel", "blue", "1.2.3/1").out == "build 1.2.3/1 is cancelled\n"
    assert "nothing to cancel" in image("cancel", "blue").out
    assert json.loads(image("cancel", "blue", "--json").out) == {"ended": []}


def test_a_cancelling_that_was_interrupted_is_finished_by_the_next(image):
    image("build", "blue", "--no-wait")
    build = image.memory.known[0]
    image.memory._with_amis(build, [HOME])
    image.memory.cancel = _interrupted

    result = image("cancel", "blue")

    assert result.status == 130
    assert "to remove that: slipway image cancel blue" in result.err
    image.memory._put(replace(build, status=Status.CANCELLED))
    assert image("cancel", "blue").status == 0
    assert image.memory.built_amis(HOME, build.arn) == []


def _interrupted(_):
    raise KeyboardInterrupt


def test_where_every_region_has_an_image_there_is_nothing_to_build_and_that_is_fine(slipway):
    result = slipway("image", "build", "blue", "--set", "image.ami_id=ami-0123456789abcdef0")

    assert (result.status, result.out.partition(":")[0]) == (0, "nothing to build")
