"""What all models share."""

from config.models.base import Model


class Wheel(Model):
    """A wheel."""

    inches: int = 20
    """Size."""

    spokes: int = 32
    """Number of spokes."""


class Bicycle(Model):
    """A bicycle."""

    front: Wheel = Wheel(inches=16)
    """In front."""


def test_a_section_that_says_its_share_keeps_the_other_defaults_of_its_place() -> None:
    assert Bicycle.model_validate({"front": {"spokes": 8}}).front == Wheel(inches=16, spokes=8)


def test_what_is_written_wins_over_the_default_of_its_place() -> None:
    assert Bicycle.model_validate({"front": {"inches": 20}}).front == Wheel(inches=20)


def test_a_section_may_be_given_as_a_model_too() -> None:
    assert Bicycle.model_validate({"front": Wheel()}).front.inches == 20
