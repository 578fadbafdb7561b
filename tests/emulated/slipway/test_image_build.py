"""`slipway image build` against the embedded AWS, with its rights enforced: well, badly, twice, and not at all."""

from __future__ import annotations

from contract.images import BASE_IMAGE_TAG, RECIPE_VERSION_TAG
from emulator.faults.client import injected
from tests.emulated.slipway.workshop import FURTHER, HOME


def test_an_image_is_built_and_named_in_every_region(workshop):
    result = workshop("build", "blue")

    assert result.status == 0, result.err
    assert "LaunchBuildInstance (LaunchInstance) completed" in result.err
    assert workshop.named(HOME) in result.out
    assert workshop.named(FURTHER) in result.out
    assert "next: cdk deploy -c env=blue --all" in result.out


def test_the_very_same_is_not_built_again(workshop):
    first = workshop.built()
    second = workshop.built()

    assert (first["how"], second["how"]) == ("built", "reused")
    assert second["arn"] == first["arn"]
    assert first["tags"][RECIPE_VERSION_TAG] == "1.0.0"
    assert first["tags"][BASE_IMAGE_TAG].startswith("ami-")
    assert workshop.built("--force")["image"] == "1.0.0/2"


def test_a_build_is_started_and_followed_later(workshop, order):
    order(step_seconds=0.5)

    started = workshop.built("--no-wait")
    followed = workshop.built()

    assert (started["how"], followed["how"]) == ("started", "followed")
    assert followed["arn"] == started["arn"]
    assert workshop("status", "blue", "latest", "--json").document["status"] == "AVAILABLE"


def test_a_build_of_the_schedule_is_followed(workshop, order):
    order(step_seconds=0.1)
    scheduled = workshop.start_as_scheduled()

    followed = workshop.built()

    assert (followed["how"], followed["arn"]) == ("followed", scheduled)
    assert workshop.built()["how"] == "reused"


def test_a_failed_build_names_its_first_cause_and_shows_the_log(workshop, order):
    order(fail_at="InstallProxy", reason="pip: no matching distribution")

    result = workshop("build", "blue")

    assert result.status == 1
    assert "phase build, step InstallProxy (ExecuteBash): pip: no matching distribution" in result.err
    assert "\n    | " in result.err
    assert "next: mend that step" in result.err
    assert workshop("status", "blue").status == 1


def test_a_build_that_fails_in_its_tests_leaves_its_log_and_no_ami(workshop, order):
    order(fail_at="TryProxy", reason="no page")

    result = workshop("build", "blue")

    assert (result.status, workshop.amis()) == (1, set())
    assert "of build 1.0.0/1, was removed" in result.err
    assert "no page" in workshop("status", "blue").out


def test_bad_luck_is_tried_once_more(workshop, order):
    order(fail_at="LaunchBuildInstance", reason="InsufficientInstanceCapacity")

    result = workshop("build", "blue")

    assert result.status == 0, result.err
    assert "it is tried once more" in result.err
    assert "1.0.0/2" in result.out


def test_bad_luck_while_copying_goes_on_where_it_was(workshop, order):
    order(fail_at="DistributeImage", reason="RequestLimitExceeded")

    assert workshop.built()["image"] == "1.0.0/1"


def test_a_build_that_hangs_is_cancelled_and_leaves_nothing(workshop, order):
    order(hang_at="ApplyTestComponents")
    result = workshop("build", "blue", "--timeout", "0.05", "--json")

    assert result.status == 1
    assert result.document["error"]["code"] == "build-timeout"
    assert "it was at step ApplyTestComponents (ExecuteComponents) of its test workflow" in result.err
    assert workshop("list", "blue", "--json").document["images"][0]["status"] == "CANCELLED"
    assert workshop.amis() == set()


def test_a_running_build_is_cancelled_on_request(workshop, order):
    order(hang_at="LaunchTestInstance")
    workshop.built("--no-wait")

    assert workshop("cancel", "blue").out == "build 1.0.0/1 is cancelled\n"
    assert "nothing to cancel" in workshop("cancel", "blue").out
    assert workshop.amis() == set()


def test_throttling_and_lost_answers_start_one_build_only(workshop, emulator):
    start = {"service": "imagebuilder", "action": "StartImagePipelineExecution", "times": 1}
    with injected(emulator, "throttle", **start), injected(emulator, "lost-response", **start):
        assert workshop.built()["image"] == "1.0.0/1"

    assert len(workshop("list", "blue", "--json").document["images"]) == 1
