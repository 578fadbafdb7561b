"""`slipway image build` against the embedded AWS, with its rights enforced: well, badly, twice, and not at all."""

from __future__ import annotations

from contract.images import BASE_IMAGE_TAG, RECIPE_VERSION_TAG
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
