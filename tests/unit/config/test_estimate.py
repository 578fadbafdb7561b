import json
from datetime import date

from config.estimate import Estimate, Line, as_json, as_text
from config.prices import Price
from contract.components import Stack

PRICE = Price(0.5)
LINES = (
    Line(Stack.FLEET, "eu-west-1", "hours", 3, PRICE),
    Line(Stack.FLEET, "us-east-1", "hours", 1, Price(2.0, "as of another region")),
    Line(Stack.DNS, "us-east-1", "zones", 4, PRICE),
)
ESTIMATE = Estimate(LINES, date(2026, 11, 21))


def test_lines_add_up():
    assert ESTIMATE.usd == 1.5 + 2 + 2
    assert {stack: usd for stack, usd in ESTIMATE.by_component.items() if usd} == {Stack.FLEET: 3.5, Stack.DNS: 2}


def test_people_read_lines_sums_and_what_is_approximate():
    text = as_text(ESTIMATE, "for all of it")

    for words in ("eu-west-1", "zones", "approximate: as of another region", "prices of 2026-11-21"):
        assert words in text
    assert [row.split()[-1] for row in text.splitlines() if row.startswith("for all of it")] == ["5.50"]


def test_programs_read_the_same():
    told = json.loads(as_json(ESTIMATE))

    assert (told["usd"], told["prices_of"], len(told["lines"])) == (5.5, "2026-11-21", 3)
    assert told["lines"][1]["price_usd"] == 2.0
    assert told["approximations"] == ["as of another region"]
