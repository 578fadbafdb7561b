"""An estimate of costs as its lines, and how people and programs read it. What it is made from is in :mod:`.cost`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from config.prices import Price
from contract.components import Stack


@dataclass(frozen=True)
class Line:
    """One thing that is paid for.

    :param what: in words, with the unit that is counted.
    :param quantity: units in a month.
    :param price: for one unit.
    """

    component: Stack
    region: str
    what: str
    quantity: float
    price: Price

    @property
    def usd(self) -> float:
        """US dollars in a month."""
        return self.quantity * self.price.usd


@dataclass(frozen=True)
class Estimate:
    """What a deployment costs in a month.

    :param prices_of: the day of the catalogue.
    """

    lines: tuple[Line, ...]
    prices_of: date

    @property
    def usd(self) -> float:
        """US dollars in a month."""
        return sum(line.usd for line in self.lines)

    @property
    def by_component(self) -> dict[Stack, float]:
        """US dollars in a month, by component, over all regions."""
        return {stack: sum(line.usd for line in self.lines if line.component is stack) for stack in Stack}

    @property
    def approximations(self) -> list[str]:
        """Where the catalogue did not have the price of the very thing."""
        return sorted({line.price.approximation for line in self.lines if line.price.approximation})


def as_text(estimate: Estimate, total: str = "US dollars in a month") -> str:
    """Return an estimate for people: each line, each component, what is approximate, and the day of the prices.

    :param total: what its sum is, in words.
    """
    rows = [
        f"{line.component.value:<14} {line.region:<15} {line.what:<48} {line.quantity:>16,.2f} {line.usd:>12,.2f}"
        for line in estimate.lines
    ]
    sums = [f"{stack.value:<79} {'':>16} {usd:>12,.2f}" for stack, usd in estimate.by_component.items() if usd]
    notes = [f"approximate: {text}" for text in estimate.approximations]
    whole = f"{total:<79} {'':>16} {estimate.usd:>12,.2f}"
    heading = f"{'component':<14} {'region':<15} {'what':<48} {'quantity':>16} {'US dollars':>12}"
    return "\n".join([heading, *rows, "", *sums, whole, "", *notes, f"prices of {estimate.prices_of.isoformat()}"])


def as_json(estimate: Estimate) -> str:
    """Return an estimate for programs, in US dollars in a month."""
    lines = [
        {
            "component": line.component.value,
            "region": line.region,
            "what": line.what,
            "quantity": line.quantity,
            "price_usd": line.price.usd,
            "usd": line.usd,
        }
        for line in estimate.lines
    ]
    whole = {
        "usd": estimate.usd,
        "by_component": {stack.value: usd for stack, usd in estimate.by_component.items()},
        "lines": lines,
        "approximations": estimate.approximations,
        "prices_of": estimate.prices_of.isoformat(),
    }
    return json.dumps(whole, indent=2)
