"""What an operator may change for all proxies while they run: set in proxy management, fetched by each process.

They come on top of what the deployment's configuration says, and take effect without a restart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from contract import hosts
from contract.modes import HIGHEST_RATING, LOWEST_RATING, RULES, Mode

MOST_BLOCKED_HOSTS = 500
"""They travel with the answer to a report, and each request looks them up."""


@dataclass(frozen=True)
class FleetSettings:
    """One version of them; version 0 changes nothing, and is what holds until somebody sets another.

    :param version: grows by one with each change.
    :param default_mode: value of :class:`contract.modes.Mode` where a request chooses none; None for configuration's.
    :param blocked_hosts: hosts that may not be reached, beside those of configuration; `*.` before one for all below.
    :param ratings: by mode, the share, from 0 to 1, from which a text is changed where a request says none; only for
        modes of :data:`contract.modes.RULES`, and without the others' own.
    """

    version: int = 0
    default_mode: str | None = None
    blocked_hosts: tuple[str, ...] = ()
    ratings: dict[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Return them as JSON knows them."""
        return asdict(self) | {"blocked_hosts": list(self.blocked_hosts)}

    def to_json(self) -> str:
        """Return them as text; the same settings give the same text."""
        return json.dumps(self.to_dict(), sort_keys=True)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> FleetSettings:
        """Read what :meth:`to_dict` wrote.

        :raises ValueError: if a key is missing or unknown, or a value is not allowed; the message says which.
        """
        expected = set(cls.__dataclass_fields__)
        if wrong := expected ^ values.keys():
            raise ValueError(f"fleet settings have exactly the keys {', '.join(sorted(expected))}; see {sorted(wrong)}")
        match values:
            case {"version": version, "default_mode": mode, "blocked_hosts": list(blocked), "ratings": dict(ratings)}:
                settings = cls(version, mode, tuple(blocked), ratings)
                settings.check()
                return settings
            case _:
                raise ValueError("blocked_hosts has to be a list, and ratings an object with a number for each mode")

    @classmethod
    def from_json(cls, text: str | bytes) -> FleetSettings:
        """Read what :meth:`to_json` wrote.

        :raises ValueError: if the text is no JSON object, or not of these settings; the message says why.
        """
        match json.loads(text):
            case dict(values):
                return cls.from_dict(values)
            case other:
                raise ValueError(f"fleet settings have to be a JSON object, not {type(other).__name__}")

    def check(self) -> None:
        """Accept only what every proxy of this version understands.

        :raises ValueError: with the bad value and what is allowed.
        """
        if type(self.version) is not int or self.version < 0:
            raise ValueError(f"version is {self.version!r}, and has to be a whole number from 0")
        if self.default_mode is not None and self.default_mode not in [mode.value for mode in Mode]:
            raise ValueError(f"default_mode is {self.default_mode!r}; allowed are {', '.join(Mode)}, or null")
        self._check_blocked_hosts()
        self._check_ratings()

    def _check_blocked_hosts(self) -> None:
        if len(self.blocked_hosts) > MOST_BLOCKED_HOSTS:
            raise ValueError(
                f"blocked_hosts has {len(self.blocked_hosts)} entries, {MOST_BLOCKED_HOSTS} are allowed; "
                f"write *.example.org for many hosts"
            )
        for host in self.blocked_hosts:
            problem = hosts.problem_of(host) if isinstance(host, str) else "is no text"
            if problem is not None:
                raise ValueError(f"blocked_hosts has {host!r}, which {problem}")

    def _check_ratings(self) -> None:
        for mode, rating in self.ratings.items():
            if mode not in RULES:
                allowed = ", ".join(sorted(RULES))
                raise ValueError(f"ratings has the mode {mode!r}; only these rate texts: {allowed}")
            if type(rating) not in (int, float) or not LOWEST_RATING <= rating <= HIGHEST_RATING:
                raise ValueError(
                    f"ratings has {rating!r} for {mode}; allowed are numbers from {LOWEST_RATING:g} to "
                    f"{HIGHEST_RATING:g}"
                )
