"""What one proxy process has counted since it started.

A process sends the whole snapshot each time, never a difference, and the receiver keeps the newest one per process.
So a report that is sent twice, late or lost changes nothing: the sum over all processes counts each event once.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class StatisticsSnapshot:
    """Counters of one proxy process, all monotonic since its start.

    :param sequence: grows by one with each report; a lower one never replaces a higher.
    :param requests: requests that the proxy received from clients.
    :param responses: responses that it sent back.
    :param response_bytes: bytes of response bodies sent to clients, where the length is known.
    :param results: responses by :class:`contract.headers.Result` value.
    :param modes: transformed or cached pages by :class:`contract.modes.Mode` value.
    :param recycled: 1 if the process ends because it had grown too large.
    """

    sequence: int
    requests: int = 0
    responses: int = 0
    response_bytes: int = 0
    results: dict[str, int] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    recycled: int = 0

    def to_json(self) -> str:
        """Return the JSON object that `PUT`-ting this snapshot sends."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> StatisticsSnapshot:
        """Read what :meth:`to_json` wrote.

        :raises ValueError: if the text is no JSON object.
        :raises TypeError: if a key is missing or unknown.
        """
        match json.loads(text):
            case dict(values):
                return cls(**values)
            case other:
                raise ValueError(f"a statistics snapshot has to be a JSON object, not {type(other).__name__}")
