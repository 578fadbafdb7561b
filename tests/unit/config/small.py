"""A small configuration tree of the tests' own, so that they do not change with the real one."""

import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Engine(Part):
    """What drives it."""

    cylinders: int = Field(default=4, ge=1, le=12)
    """Number of cylinders."""

    fuel_password: str = "unknown"
    """Opens the tank."""

    least: int = 1
    """Least speed, in km/h."""

    most: int = 9
    """Greatest speed, in km/h."""

    @model_validator(mode="after")
    def check(self) -> Self:
        if self.least > self.most:
            raise ValueError(f"least {self.least} is more than most {self.most}")
        return self


class Vehicle(Part):
    """Something that moves."""

    number: Annotated[str, StringConstraints(pattern=r"^\d{4}$")] | None = None
    """Number plate, in quotes."""

    colour: Colour = Colour.RED
    """Its paint."""

    built: datetime.date = datetime.date(2020, 1, 1)
    """Day on which it was made."""

    seats: tuple[int, ...] = Field(default=(2, 3), min_length=1, max_length=3)
    """Seats in each row."""

    weight: float = Field(default=1.5, gt=0)
    """Weight, in tonnes."""

    is_open: bool = False
    """Whether it lacks a roof."""

    labels: dict[str, str] = {}
    """What is written on it."""

    engine: Engine = Engine()
    """What drives it."""

    @model_validator(mode="after")
    def check_cabriolet(self) -> Self:
        if self.is_open and self.weight > 3:
            raise ValueError(f"is_open: at weight {self.weight} it would bend")
        return self

    @model_validator(mode="after")
    def check_speed(self) -> Self:
        if self.engine.most > 100 and self.colour is not Colour.RED:
            raise ValueError(f"colour {self.colour.value}: what is faster than engine.most 100 is red")
        return self
