"""What is typed into the form, as settings and as it was typed."""

import pytest

from contract.fleet_settings import FleetSettings
from lambda_src.proxy_management.settings_form import Typed

FULL = FleetSettings(7, "xxx", ("*.a.example", "b.example"), {"hide-mixed": 0.5, "xxx-negative": 1.0})


def sent(typed):
    """Return the fields that a browser sends of a form."""
    ratings = {f"rating-{mode}": text for mode, text in typed.ratings.items()}
    hosts = typed.blocked_hosts.replace("\n", "\r\n")
    return {"base": typed.base, "default-mode": typed.default_mode, "blocked-hosts": hosts, "note": "", **ratings}


@pytest.mark.parametrize("settings", [FULL, FleetSettings()])
def test_what_is_shown_and_sent_back_is_the_same(settings):
    shown = Typed.showing(settings)
    back = Typed.read(sent(shown))
    assert back == shown
    assert (back.settings(), back.problems()) == (FleetSettings(0, *list(vars(settings).values())[1:]), {})
    assert back.base_version == settings.version


def test_empty_fields_and_missing_ones_mean_as_deployed():
    assert Typed.read({}).settings() == FleetSettings()
    assert Typed.read({"blocked-hosts": " \n\n"}).problems() == {}


@pytest.mark.parametrize("base", ["", "-1", "1.5", "x", "²", "9" * 10])
def test_a_base_that_cannot_be_is_no_version(base):
    assert Typed.read({"base": base}).base_version == -1


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"rating-hide-mixed": "x"}, ["rating-hide-mixed"]),
        ({"rating-hide-mixed": "2"}, ["rating-hide-mixed"]),
        ({"rating-hide-mixed": "inf"}, ["rating-hide-mixed"]),
        ({"rating-hide-mixed": "x", "blocked-hosts": "?", "note": "n" * 501},
         ["rating-hide-mixed", "note", "blocked-hosts"]),
        ({"blocked-hosts": "\n".join(f"h{number}.example" for number in range(501))}, ["blocked-hosts"]),
        ({"default-mode": "x"}, ["default-mode"]),
    ],
)  # fmt: skip
def test_each_problem_stands_at_its_field(fields, where):
    assert list(Typed.read(fields).problems()) == where
