"""What a deployment's images hang on is found, or it is said what is missing and how to mend it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract import outputs
from slipway.domain.errors import MissingError, RefusedError
from slipway.domain.images import Parameter, Status
from slipway.engine.images import finding
from tests.unit.slipway.engine.images.world import BASE, BASE_PARAMETER, FURTHER, HOME, finishes


def test_the_stack_says_where_images_are_built(world):
    place = finding.workshop(world.site())

    assert place.recipe_version == "1.2.3"
    assert finding.base_image(world.site(), place) == BASE


def test_an_existing_image_leaves_nothing_to_build(world):
    with pytest.raises(RefusedError, match=r"uses existing images \(ami-1, ami-2, image.ami_id\)"):
        finding.workshop(world.site(given_amis={HOME: "ami-1", FURTHER: "ami-2"}))


def test_a_stack_that_is_not_deployed_is_told_with_the_command_that_deploys_it(world):
    world.stacks.clear()

    with pytest.raises(MissingError) as error:
        finding.workshop(world.site())

    assert error.value.next_step == "cdk deploy -c env=blue shop-blue-image"


def test_a_stack_of_another_version_is_named_with_what_it_lacks(world):
    del world.stacks[HOME, "shop-blue-image"][outputs.IMAGE_VERSION]

    with pytest.raises(MissingError, match="puts out no ImageVersion"):
        finding.workshop(world.site())


def test_credentials_of_another_account_are_refused(world):
    world.account_id = "999999999999"

    with pytest.raises(RefusedError, match="account 123456789012, the credentials in use are of 999999999999"):
        finding.workshop(world.site())

    assert finding.workshop(world.site(account=None)).recipe_version == "1.2.3"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda world: world.values.clear(), "there is no SSM parameter /aws/service/base in us-east-1"),
        (lambda world: world.machine_images.clear(), f'holds "{BASE}", which is no image'),
        (
            lambda world: world.values.update({(HOME, BASE_PARAMETER): Parameter(BASE_PARAMETER, "none")}),
            'holds "none", which is no image',
        ),
        (lambda world: _change(world, architecture="x86_64"), "is for x86_64, and environment blue has arm64 machines"),
        (lambda world: _change(world, state="pending"), "is pending in us-east-1, not available"),
    ],
)
def test_a_base_image_that_cannot_be_used_is_refused_before_anything_is_built(world, change, what):
    site = world.site()
    place = finding.workshop(site)
    change(world)

    with pytest.raises((MissingError, RefusedError), match=what) as error:
        finding.base_image(site, place)

    assert "image.base_image_parameter" in error.value.next_step


def _change(world, **values):
    world.machine_images[HOME, BASE] = replace(world.machine_images[HOME, BASE], **values)


def test_an_image_is_known_by_each_of_its_names_and_the_newest_finished_by_latest(world):
    old = world.finished()
    new = world.finished(base="ami-2")
    world.start("arn:aws:imagebuilder:us-east-1:123456789012:image-pipeline/shop-blue-proxy", new.identity.tags)
    site = world.site()

    for reference in (old.arn, old.label, old.amis[FURTHER]):
        assert finding.the_image(site, reference).arn == old.arn
    assert finding.the_image(site, "latest").arn == new.arn
    assert finding.newest(site) == "1.2.3/3"


def test_an_unknown_image_is_told_with_those_that_there_are(world):
    with pytest.raises(MissingError, match=r'has no image "1\.0\.0/7"; there is none yet'):
        finding.the_image(world.site(), "1.0.0/7")
    world._put(replace(world.finished(), status=Status.FAILED))
    with pytest.raises(MissingError, match=r'has no image "1\.0\.0/7"; none is available'):
        finding.the_image(world.site(), "1.0.0/7")
    for _ in range(7):
        world.finished()

    with pytest.raises(
        MissingError, match=r"available: 1\.2\.3/8, (1\.2\.3/[4-7], ){3}1\.2\.3/4, and 2 older"
    ) as error:
        finding.the_image(world.site(), "1.0.0/7")

    assert error.value.next_step == "slipway image list blue"


def test_what_a_schedule_built_tells_its_base_image_by_ec2(world):
    world.finished(base="")

    (image,) = finding.images_of(world.site())

    assert image.base_image == BASE


def test_copies_belong_to_what_they_are_copies_of(world):
    image = world.finished(regions=(HOME,))
    copy = world.distribute(image, name="", pipeline_arn="", parameters={FURTHER: "p"}, role="")

    (found,) = finding.images_of(world.site())

    assert found.copies == (copy,)
    assert set(found.amis) == {HOME}
    world._put(replace(world.known[0], status=image.status))
    assert set(finding.images_of(world.site())[0].amis) == {HOME, FURTHER}
    world.delete(image.arn)
    assert [each.arn for each in finding.images_of(world.site())] == [copy]


def test_the_newest_copy_is_the_one_that_a_region_has(world):
    image = world.finished(regions=(HOME,))
    for _ in range(2):
        world.courses = [finishes]
        newest = world.image(world.distribute(image, name="", pipeline_arn="", parameters={FURTHER: "p"}, role=""))

    (found,) = finding.images_of(world.site())

    assert found.amis[FURTHER] == newest.amis[FURTHER]
