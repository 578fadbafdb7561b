"""HTTP names by which a client controls the proxy and learns what it did.

Control cookies and headers never reach the origin; result headers are set on the response to the client only.
"""

from enum import StrEnum

MODE = "mitm-mode"
"""Cookie or request header that chooses the mode; the header wins over the cookie, both over the default."""

RATING = "mitm-rating"
"""Cookie or request header with the share, from 0 to 1, from which a text is changed in a mode that rates texts."""

MODEL = "mitm-model"
"""Cookie or request header that chooses the engine that rates texts."""

CONTROL_PREFIX = "mitm-"
"""Every cookie and request header that starts so is ours: removed from requests; no origin may set such a cookie."""

RESULT = "x-slipway-result"
"""Response header with a value of :class:`Result`."""

REASON = "x-slipway-reason"
"""Response header with one word or short phrase that says why, where a page, or its rest, was not transformed."""

MODE_USED = "x-slipway-mode"
"""Response header with the mode that applied."""

FAILED_TEXTS = "x-slipway-failed-texts"
"""Response header with the number of texts that could not be rated; such a page is not cached."""

LEFT = "x-slipway-left"
"""Header of the HTML function's answer where part of a page stayed as it was, as it is not certain how to read it:
:data:`LEFT_FOR_CHARSET`, or `from-byte N`, where N is the offset in the page from which on nothing was touched."""

LEFT_FOR_CHARSET = "charset"
"""The whole page stayed as it was: its encoding is one in which no page is changed."""

ADMIN_ORIGIN = "x-slipway-admin-origin"
"""Request header from an instance's admin port to proxy management: where the browser thinks that it is, for example
`http://localhost:8082`. Who asks that way has to sign in; a browser's own header of this name never gets through."""

CORRELATION_ID = "x-correlation-id"
"""Request header between proxy and functions; it stands in the logs of both."""

REMAINING_SECONDS = "x-slipway-remaining-seconds"
"""Header of the cache function's answer: whole seconds for which the entry may still be served."""

CACHE_ID = "x-slipway-cache-id"
"""Header of the cache function's answer: the id of the entry that it gives back."""

IDEMPOTENCY_KEY = "idempotency-key"
"""Header of a store in the cache that its caller may have to repeat: with the same value, both make one entry.

Source: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""


class Result(StrEnum):
    """What became of a request; all but the last two stand in a response.

    `TRANSFORMED` now, by the functions; `PARTIAL` the same, but for texts that could not be rated, or for the rest of a
    page from where it is not certain how to read it; `CACHED` earlier, and taken from the cache; `PASSED_THROUGH` on
    purpose (mode off, not HTML, too large, ...); `FAILED_OPEN` untouched because a function was slow or down; `REFUSED`
    answered by the proxy itself; `ORIGIN_FAILED` without a whole response, since the origin was not reached or broke
    off; `CLIENT_LEFT` before the response was complete.
    """

    TRANSFORMED = "transformed"
    PARTIAL = "partly-transformed"
    CACHED = "cached"
    PASSED_THROUGH = "passed-through"
    FAILED_OPEN = "failed-open"
    REFUSED = "refused"
    ORIGIN_FAILED = "origin-failed"
    CLIENT_LEFT = "client-left"
