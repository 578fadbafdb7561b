"""How a client steers the proxy: control cookies and headers are read here, and pass neither way.

Works on raw header fields, so that everything that is not ours keeps its bytes and its order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from contract import headers
from contract.modes import BY_DEFAULT, HIGHEST_RATING, LOWEST_RATING, RULES, Engine, Mode, Parameters

Field = tuple[bytes, bytes]
PREFIX = headers.CONTROL_PREFIX.encode()
# Meant for a proxy and not for what lies behind it.
PROXY_ONLY = frozenset({b"proxy-authorization", b"proxy-connection"})
LONGEST_QUOTE = 40


class UnknownControlError(Exception):
    """The client asks for what does not exist; the message says what is allowed.

    :param control: name of the cookie or header.
    :param wish: what it says.
    :param allowed: what it could say, in words.
    :param otherwise: what applies where it says nothing, in words.
    """

    def __init__(self, control: str, wish: str, *, allowed: str, otherwise: str) -> None:
        super().__init__(
            f"{control} is {wish[:LONGEST_QUOTE]!r}; allowed are {allowed}. "
            f"Change the cookie or header {control}, or remove it for the default ({otherwise})."
        )
        self.subject = control.removeprefix(headers.CONTROL_PREFIX)


def take_controls(fields: Iterable[Field]) -> tuple[tuple[Field, ...], dict[str, str]]:
    """Separate control cookies and headers from what goes on to the origin.

    :returns: the remaining fields, and the controls by lower-case name; a header wins over a cookie.
    """
    kept: list[Field] = []
    from_headers: dict[str, str] = {}
    from_cookies: dict[str, str] = {}
    for name, value in fields:
        lower = name.lower()
        if lower.startswith(PREFIX):
            from_headers[lower.decode("latin-1")] = value.decode("latin-1").strip()
        elif lower == b"cookie":
            rest, own = _split_cookies(value)
            from_cookies |= own
            if rest:
                kept.append((name, rest))
        elif lower not in PROXY_ONLY:
            kept.append((name, value))
    return tuple(kept), from_cookies | from_headers


def without_control_cookies(fields: Iterable[Field]) -> tuple[Field, ...]:
    """Return an origin's header fields without cookies that would come back as our controls."""
    # A cookie without a name, `=mitm-mode=off`, comes back as its bare value.
    return tuple(
        (name, value)
        for name, value in fields
        if name.lower() != b"set-cookie" or not value.lstrip(b" \t=").lower().startswith(PREFIX)
    )


def choose_mode(controls: Mapping[str, str], default: Mode) -> Mode:
    """Return the mode that the controls ask for, or the default.

    :raises UnknownControlError: if there is no such mode.
    """
    wish = controls.get(headers.MODE)
    if wish is None:
        return default
    try:
        return Mode(wish.lower())
    except ValueError:
        allowed = ", ".join(mode.value for mode in Mode)
        raise UnknownControlError(headers.MODE, wish, allowed=allowed, otherwise=default.value) from None


def choose_parameters(
    controls: Mapping[str, str], mode: Mode, engines: Sequence[Engine], ratings: Mapping[Mode, float]
) -> Parameters:
    """Return what the controls ask for beside the mode; nothing in a mode for which it does not count.

    :param engines: those that may be used, the default first.
    :param ratings: shares, by mode, where the controls say none.
    :raises UnknownControlError: if there is no such engine here, or no such rating, in whatever mode.
    """
    wish, engine = _choose_rating(controls), _choose_engine(controls, engines)
    rating = ratings.get(mode) if wish is None else wish
    return Parameters(rating, engine) if mode in RULES else BY_DEFAULT


def _choose_rating(controls: Mapping[str, str]) -> float | None:
    wish = controls.get(headers.RATING)
    if wish is None:
        return None
    try:
        rating = float(wish)
    except ValueError:
        rating = -1.0
    # Not a number lies between no two, so it is refused as well.
    if not LOWEST_RATING <= rating <= HIGHEST_RATING:
        allowed = f"numbers from {LOWEST_RATING:g} to {HIGHEST_RATING:g}, for example 0.25"
        raise UnknownControlError(headers.RATING, wish, allowed=allowed, otherwise="the mode's own threshold")
    return rating


def _choose_engine(controls: Mapping[str, str], engines: Sequence[Engine]) -> Engine:
    wish = controls.get(headers.MODEL)
    if wish is None:
        return engines[0]
    found = next((engine for engine in engines if engine.value == wish.lower()), None)
    if found is None:
        allowed = ", ".join(engine.value for engine in engines)
        raise UnknownControlError(headers.MODEL, wish, allowed=allowed, otherwise=engines[0].value)
    return found


def _split_cookies(value: bytes) -> tuple[bytes, dict[str, str]]:
    """Return the cookie header's value without our cookies, and ours by lower-case name."""
    pairs = value.split(b";")
    own = [pair.strip() for pair in pairs if pair.strip().lower().startswith(PREFIX)]
    if not own:
        return value, {}
    rest = b";".join(pair for pair in pairs if not pair.strip().lower().startswith(PREFIX)).strip()
    found: dict[str, str] = {}
    for pair in own:
        name, _, content = pair.decode("latin-1").partition("=")
        found.setdefault(name.strip().lower(), content.strip().strip('"'))
    return rest, found
