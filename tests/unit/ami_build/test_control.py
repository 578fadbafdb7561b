"""Control cookies and headers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.modes import RULES, Engine, Mode, Parameters
from slipway_proxy.control import (
    UnknownControlError,
    choose_mode,
    choose_parameters,
    take_controls,
    without_control_cookies,
)


@pytest.mark.parametrize(
    ("cookie", "rest", "mode"),
    [
        (b"mitm-mode=xxx", None, "xxx"),
        (b"a=1; mitm-mode=xxx", b"a=1", "xxx"),
        (b"mitm-mode=xxx; a=1", b"a=1", "xxx"),
        (b"a=1;mitm-mode=xxx;b=2", b"a=1;b=2", "xxx"),
        (b'mitm-mode="xxx"', None, "xxx"),
        (b"Mitm-Mode=off; mitm-debug=1", None, "off"),
        (b"a=mitm-mode=xxx", b"a=mitm-mode=xxx", None),
        (b"a=1;  b=\xff ; c", b"a=1;  b=\xff ; c", None),
    ],
)
def test_cookies(cookie: bytes, rest: bytes | None, mode: str | None) -> None:
    kept, controls = take_controls([(b"Cookie", cookie), (b"Host", b"h")])
    assert kept == (((b"Cookie", rest), (b"Host", b"h")) if rest else ((b"Host", b"h"),))
    assert controls.get("mitm-mode") == mode


def test_the_header_wins_over_the_cookie_wherever_it_stands() -> None:
    for fields in ([(b"MITM-Mode", b" off ")], [(b"cookie", b"mitm-mode=xxx")]):
        other = [(b"cookie", b"mitm-mode=xxx")] if fields[0][0] != b"cookie" else [(b"mitm-mode", b"off")]
        kept, controls = take_controls([*fields, *other])
        assert (kept, controls) == ((), {"mitm-mode": "off"})


def test_what_is_meant_for_a_proxy_stays_here() -> None:
    kept, _ = take_controls([(b"Proxy-Authorization", b"Basic x"), (b"Proxy-Connection", b"close"), (b"a", b"b")])
    assert kept == ((b"a", b"b"),)


def test_the_default_applies_where_nothing_is_chosen() -> None:
    assert choose_mode({}, Mode.ROUNDTRIP) is Mode.ROUNDTRIP
    assert choose_mode({"mitm-debug": "1"}, Mode.ROUNDTRIP) is Mode.ROUNDTRIP
    assert choose_mode({"mitm-mode": "XXX"}, Mode.OFF) is Mode.XXX


@pytest.mark.parametrize("wish", ["", "yyy", "xxx,off", "\x00", "y" * 10_000])
def test_unknown_modes_are_refused_with_what_is_allowed(wish: str) -> None:
    with pytest.raises(UnknownControlError, match="allowed are off, roundtrip, dict, xxx") as caught:
        choose_mode({"mitm-mode": wish}, Mode.OFF)
    assert all(mode.value in str(caught.value) for mode in Mode)
    assert len(str(caught.value)) < 500
    assert "\x00" not in str(caught.value)
    assert caught.value.subject == "mode"


BOTH = (Engine.EMBEDDED, Engine.COMPREHEND)


@pytest.mark.parametrize(
    ("controls", "parameters"),
    [
        ({}, Parameters(None, Engine.EMBEDDED)),
        ({"mitm-rating": "0.25"}, Parameters(0.25, Engine.EMBEDDED)),
        ({"mitm-rating": "0"}, Parameters(0.0, Engine.EMBEDDED)),
        ({"mitm-rating": "1", "mitm-model": "Comprehend"}, Parameters(1.0, Engine.COMPREHEND)),
    ],
)
def test_parameters_count_in_the_modes_that_rate_texts(controls: dict[str, str], parameters: Parameters) -> None:
    for mode in Mode:
        expected = parameters if mode in RULES else Parameters()
        assert choose_parameters(controls, mode, BOTH, {}) == expected


def test_the_fleets_ratings_count_where_a_request_says_none() -> None:
    ratings = {Mode.HIDE_MIXED: 0.4}
    assert choose_parameters({}, Mode.HIDE_MIXED, BOTH, ratings) == Parameters(0.4, Engine.EMBEDDED)
    assert choose_parameters({"mitm-rating": "0"}, Mode.HIDE_MIXED, BOTH, ratings) == Parameters(0.0, Engine.EMBEDDED)
    assert choose_parameters({}, Mode.HIDE_NEUTRAL, BOTH, ratings) == Parameters(None, Engine.EMBEDDED)
    assert choose_parameters({}, Mode.XXX, BOTH, ratings) == Parameters()


@pytest.mark.parametrize("mode", [Mode.XXX, Mode.HIDE_MIXED])
@pytest.mark.parametrize("wish", ["", "a", "-0.1", "1.01", "nan", "inf", "0,5", "0x1", "9" * 10_000])
def test_ratings_that_are_none_are_refused_in_every_mode(mode: Mode, wish: str) -> None:
    with pytest.raises(UnknownControlError, match="numbers from 0 to 1") as caught:
        choose_parameters({"mitm-rating": wish}, mode, BOTH, {})
    assert (caught.value.subject, len(str(caught.value)) < 300) == ("rating", True)


@pytest.mark.parametrize("mode", [Mode.XXX, Mode.HIDE_MIXED])
@pytest.mark.parametrize("wish", ["", "comprehend", "oracle"])
def test_engines_that_are_not_used_here_are_refused_in_every_mode(mode: Mode, wish: str) -> None:
    with pytest.raises(UnknownControlError, match=r"allowed are embedded\. Change") as caught:
        choose_parameters({"mitm-model": wish}, mode, [Engine.EMBEDDED], {})
    assert caught.value.subject == "model"


NAMES = st.sampled_from([b"cookie", b"Cookie", b"mitm-mode", b"Mitm-X", b"accept", b"x-mitm-mode"])


@given(st.lists(st.tuples(NAMES, st.binary(max_size=40) | st.just(b"a=1; mitm-mode=off; b=2"))))
def test_nothing_of_ours_goes_on_and_nothing_else_is_lost(fields: list[tuple[bytes, bytes]]) -> None:
    kept, _ = take_controls(fields)
    for name, value in kept:
        assert not name.lower().startswith(b"mitm-")
        if name.lower() == b"cookie":
            assert not any(pair.strip().lower().startswith(b"mitm-") for pair in value.split(b";"))
    others = [field for field in fields if field[0] in (b"accept", b"x-mitm-mode")]
    assert [field for field in kept if field[0].lower() != b"cookie"] == others


@pytest.mark.parametrize(
    "cookie",
    [b"mitm-mode=off", b"  Mitm-Mode=off; Path=/", b"mitm-anything", b"=mitm-mode=off", b" = mitm-mode=off; Secure"],
)
def test_an_origin_sets_no_control(cookie: bytes) -> None:
    fields = ((b"Server", b"s"), (b"set-cookie", b"a=mitm-mode"), (b"Set-Cookie", cookie), (b"x", b"mitm-mode=off"))
    assert without_control_cookies(fields) == (fields[0], fields[1], fields[3])
