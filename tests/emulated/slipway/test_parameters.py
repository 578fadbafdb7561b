"""Parameters that name AMIs: a choice belongs to a value, and ends with the next one."""

from __future__ import annotations

import boto3
import pytest

from slipway.adapters.parameters import Parameters
from slipway.domain.errors import SlipwayError
from slipway.domain.images import Parameter
from tests.emulated.slipway.workshop import HOME


def test_a_choice_ends_with_the_next_value(workshop):
    parameters, name = Parameters(boto3.Session()), workshop.parameter()
    image = workshop.built()["amis"][HOME]

    parameters.write(HOME, name, image, is_chosen=True)
    assert parameters.read(HOME, name) == Parameter(name, image, is_chosen=True)
    parameters.write(HOME, name, image, is_chosen=False)

    assert parameters.read(HOME, name) == Parameter(name, image)


def test_parameters_are_found_below_a_path_and_deleted_once(workshop):
    parameters, name = Parameters(boto3.Session()), workshop.parameter()
    workshop.built()

    assert [each.name for each in parameters.below(HOME, name.rpartition("/")[0])] == [name]
    for _ in range(2):
        parameters.delete(HOME, [name])

    assert parameters.read(HOME, name) is None


def test_an_image_that_is_not_there_is_never_named(workshop):
    pauses = []
    parameters, name = Parameters(boto3.Session(), pauses.append), workshop.parameter()

    with pytest.raises(SlipwayError, match="did not become ami-0123456789abcdeff in 61 seconds") as error:
        parameters.write(HOME, name, "ami-0123456789abcdeff", is_chosen=True)

    assert error.value.code == "parameter-not-written"
    assert parameters.read(HOME, name) is None
