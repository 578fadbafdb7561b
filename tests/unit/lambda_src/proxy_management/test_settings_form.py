"""What is typed into the form, as settings and as it was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.fleet_settings import FleetSettings
from contract.modes import Mode
from lambda_src.proxy_management.settings_form import Typed, own_fields

FULL = FleetSettings(7, "xxx", ("*.a.example", "b.example"), {"hide-mixed": 0.5, "xxx-negative": 1.0})
EXACT = FleetSettings(ratings={"hide-mixed": 0.1234567, "xxx-negative": 1e-07})
NEWER = FleetSettings(3, "shout", (), {"shout-negative": 0.25})


def sent(typed):
    """Return the fields that a browser sends of a form."""
    ratings = {f"rating-{mode}": text for mode, text in typed.ratings.items()}
    hosts = typed.blocked_hosts.replace("\n", "\r\n")
    return {"base": typed.base, "default-mode": typed.default_mode, "blocked-hosts": hosts, "note": "", **ratings}


@pytest.mark.parametrize("settings", [FULL, FleetSettings(), EXACT])
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


def test_what_only_a_newer_version_knows_is_shown_and_told_and_never_lost_in_silence():
    shown = Typed.showing(NEWER)
    back = Typed.read(sent(shown))
    assert back == shown
    assert back.settings() == FleetSettings(0, "shout", (), {"shout-negative": 0.25})
    assert back.problems() == {
        "default-mode": "Mode of requests that choose none: 'shout' is unknown here; choose another",
        "rating-shout-negative": "shout-negative: this mode is unknown here; change settings where it is known, or "
        "empty its field",
    }
    emptied = Typed.read({**sent(shown), "default-mode": "", "rating-shout-negative": ""})
    assert (emptied.settings(), emptied.problems()) == (FleetSettings(), {})


MANY = "\n".join(f"h{number}.example" for number in range(501))


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("default-mode", "x", "Mode of requests that choose none: 'x' is unknown here"),
        ("blocked-hosts", "a.example\n\n no_host \nOK.example\n10.0.0.1",
         "Blocked hosts: line 3, 'no_host', is no host's name in lower case, perhaps after *. for all names below it, "
         "for example *.example.org; line 5, '10.0.0.1', ends in a number"),
        ("blocked-hosts", "https://a.example/x", "'https://a.example/x', is more than a name; write a.example alone"),
        ("blocked-hosts", "a.example/x?y", "is more than a name; write a.example alone"),
        ("blocked-hosts", "a.example, b.example", "has several words; write one host on each line"),
        ("blocked-hosts", "a.example.", "line 1, 'a.example.', ends in a dot; leave that out"),
        ("blocked-hosts", "Bücher.example", "'bücher.example', is not in ASCII; write xn--bcher-kva.example"),
        ("blocked-hosts", "ü..example", "'ü..example', is no host's name"),
        ("blocked-hosts", "?\n" * 24, "example *.example.org; 4 more lines are wrong"),
        ("blocked-hosts", f"{MANY}\n?", "; these are 502, and 500 are allowed; write *.example.org"),
        ("rating-hide-mixed", "x", "hide-mixed: 'x' is no number from 0 to 1; empty the field for the mode's own"),
        ("rating-hide-mixed", "2", "hide-mixed: '2' is no number from 0 to 1"),
        ("rating-hide-mixed", "inf", "hide-mixed: 'inf' is no number from 0 to 1"),
        ("rating-hide-mixed", "nan", "hide-mixed: 'nan' is no number from 0 to 1"),
        ("note", "n" * 501, "Why: this has 501 characters, 500 are allowed"),
        ("note", "all \u202eis well", "Why: character 5 (U+202E) cannot be seen"),
        ("note", "\x00", "Why: character 1 (U+0000) cannot be seen"),
    ],
)  # fmt: skip
def test_each_problem_is_told_at_its_field_in_the_forms_words(field, text, problem):
    found = Typed.read({field: text}).problems()
    assert list(found) == [field]
    assert problem in found[field]


def test_all_problems_are_told_at_once():
    fields = {"note": "n" * 501, "rating-hide-mixed": "x", "rating-xxx-negative": "2", "blocked-hosts": "?",
              "default-mode": "x"}  # fmt: skip
    expected = ["default-mode", "blocked-hosts", "rating-xxx-negative", "rating-hide-mixed", "note"]
    assert list(Typed.read(fields).problems()) == expected


TEXTS = st.text(st.sampled_from("a.*-1 _\n0,é"), max_size=8)


@given(st.fixed_dictionaries({"default-mode": TEXTS | st.sampled_from(Mode), "blocked-hosts": TEXTS,
                              "rating-hide-mixed": TEXTS}))  # fmt: skip
def test_what_is_told_is_what_would_be_refused(fields):
    typed = Typed.read(fields)
    settings = typed.settings()
    unread = bool(fields["rating-hide-mixed"].strip()) and "hide-mixed" not in settings.ratings
    try:
        settings.check()
    except ValueError:
        assert typed.problems()
    else:
        assert bool(typed.problems()) == unread


def test_what_saving_would_replace_is_told_at_its_field():
    newest = FleetSettings(4, "dict", ("a.example", "b.example"), {"hide-mixed": 0.5, "xxx-negative": 0.2})
    mine = Typed.read(
        {"blocked-hosts": "b.example\nc.example", "rating-hide-mixed": "0.50", "rating-hide-neutral": "1"}
    )
    assert mine.replaces(newest) == {
        "default-mode": "Now: dict.",
        "blocked-hosts": "Now also: a.example. Not now: c.example.",
        "rating-xxx-negative": "Now: 0.2.",
        "rating-hide-neutral": "Now: its own.",
    }
    assert Typed.showing(newest).replaces(newest) == {}
    assert Typed.showing(newest).replaces(FleetSettings())["default-mode"] == "Now: as deployed."


def test_only_fields_of_the_form_are_kept_for_later():
    typed = {"base": "1", "default-mode": "xxx", "blocked-hosts": "", "note": "n", "rating-hide-mixed": "1"}
    others = {"form-token": "t", "password": "p", "rating-<b>": "1", "name": "n"}
    assert own_fields(typed | others) == typed
