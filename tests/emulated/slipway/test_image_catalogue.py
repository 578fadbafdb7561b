"""Images that are built: listed, chosen, copied to further regions, removed with all that hangs on them."""

from __future__ import annotations

import pytest

from tests.emulated.slipway.workshop import FURTHER, HOME, THIRD


def test_a_finished_image_is_copied_without_a_build(workshop):
    first = workshop.built()

    result = workshop("distribute", "blue", "--to", THIRD, "--json")

    assert result.status == 0, result.err
    copied = result.document["amis"][THIRD]
    assert workshop.amis(THIRD) == {copied}
    assert workshop.named(THIRD) == copied
    assert result.document["arn"] == first["arn"]
    names = workshop.client("imagebuilder").list_distribution_configurations()["distributionConfigurationSummaryList"]
    assert [each["name"] for each in names if each["name"].startswith(f"{workshop.project}-")] == [
        f"{workshop.project}-blue-proxy"
    ]
    # It belongs to its image from now on, and goes with it.
    assert workshop.built()["how"] == "reused"
    workshop("delete", "blue", "--all", "--yes")
    assert workshop.amis(THIRD) == set()


def test_a_region_that_is_added_gets_the_image_without_a_build(workshop):
    workshop.built()
    workshop.configure(regions=(HOME, FURTHER, THIRD))

    again = workshop.built()

    assert again["how"] == "reused"
    assert workshop.named(THIRD) in workshop.amis(THIRD)


def test_an_older_image_is_chosen_until_that_is_ended(workshop):
    old = workshop.built()
    new = workshop.built("--force")

    chosen = workshop("use", "blue", old["image"], "--json").document

    assert chosen["before"][HOME] == new["amis"][HOME]
    assert (workshop.named(HOME), workshop.named(FURTHER)) == (old["amis"][HOME], old["amis"][FURTHER])
    assert "stays, since it was chosen" in workshop("build", "blue").err
    assert workshop.named(HOME) == old["amis"][HOME]
    workshop("use", "blue", "latest")
    assert workshop.named(HOME) == new["amis"][HOME]


def test_latest_puts_no_old_recipes_image_in_the_place_of_one_that_was_never_built(workshop):
    old = workshop.built()
    workshop.deploy("2.0.0")

    refused = workshop("use", "blue", "latest")

    assert refused.status == 1
    assert "no finished image of recipe 2.0.0" in refused.err
    assert "next: slipway image build blue\n" in refused.err
    assert "it is of recipe 1.0.0, and 2.0.0 is deployed\n" in workshop("use", "blue", old["image"]).out
    assert workshop.named(HOME, "2.0.0") == old["amis"][HOME]
    assert workshop("list", "blue", "--json").document["images"][0]["chosenIn"] == [HOME, FURTHER]


def test_what_cannot_be_launched_is_not_chosen(workshop):
    old = workshop.built()
    new = workshop.built("--force")
    workshop.client("ec2", FURTHER).deregister_image(ImageId=old["amis"][FURTHER])

    result = workshop("use", "blue", old["image"])

    assert result.status == 1
    assert f"{FURTHER} has lost AMI {old['amis'][FURTHER]}" in result.err
    assert workshop.named(HOME) == new["amis"][HOME]


def failed_unseen(workshop) -> str:
    """Let a build fail that nobody who started it follows, so that its AMIs stay; return what it is called."""
    started = workshop.built("--force", "--no-wait")
    assert workshop("status", "blue", started["image"], "--follow").status == 1
    return started["image"]


@pytest.mark.parametrize("at", ["TryProxy", "DistributeImage"])
def test_an_image_that_failed_is_not_chosen_whatever_amis_it_left(workshop, order, at):
    good = workshop.built()
    order(fail_at=at, reason="it does not work")
    failed = failed_unseen(workshop)
    left = workshop.amis() - {good["amis"][HOME]}

    assert left
    for reference in (failed, *left):
        result = workshop("use", "blue", reference)

        assert result.status == 1
        assert f"can neither be chosen nor copied, whatever AMIs it has; available: {good['image']}\n" in result.err
        assert workshop("distribute", "blue", reference, "--to", THIRD).status == 1
    assert workshop.named(HOME) == good["amis"][HOME]


def test_amis_that_were_removed_are_not_listed(workshop, order):
    order(fail_at="TryProxy", reason="it does not work")
    failed_unseen(workshop)
    assert workshop.amis()
    workshop("cancel", "blue")

    assert workshop("list", "blue", "--json").document["images"][0]["amis"] == {}
    assert workshop("status", "blue", "--json").document["amis"] == {}


def test_a_failed_distribution_shows_its_own_lines_only(workshop, order):
    order(fail_at="DistributeImage", reason="no quota")

    lines = [line for line in workshop("build", "blue").err.splitlines() if line.startswith("    | ")]

    assert len(lines) == 2
    assert "DistributeImage" in lines[0]
    assert lines[1].endswith("no quota")


def test_one_image_is_removed_and_the_one_in_use_is_not(workshop):
    old = workshop.built()
    new = workshop.built("--force")

    assert workshop("delete", "blue", new["image"], "--yes").status == 1
    assert workshop("delete", "blue", old["image"], "--yes").status == 0

    assert (workshop.amis(HOME), workshop.amis(FURTHER)) == ({new["amis"][HOME]}, {new["amis"][FURTHER]})
    snapshots = workshop.client("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert not [each for each in snapshots if old["image"] in each["Description"]]
    listed = workshop("list", "blue", "--json").document["images"]
    assert [(each["image"], each["namedIn"]) for each in listed] == [(new["image"], [HOME, FURTHER])]


def test_everything_is_removed_a_running_build_too_and_twice(workshop, order):
    workshop.built()
    order(hang_at="LaunchBuildInstance")
    workshop.built("--force", "--no-wait")

    assert workshop("delete", "blue", "--all", "--yes").status == 0

    assert (workshop.amis(HOME), workshop.amis(FURTHER)) == (set(), set())
    assert workshop("list", "blue", "--json").document == {"images": []}
    below = workshop.client("ssm").get_parameters_by_path(Path=f"/imagebuilder/{workshop.project}", Recursive=True)
    assert below["Parameters"] == []
    assert workshop("delete", "blue", "--all", "--yes").out == "there was nothing to remove\n"
