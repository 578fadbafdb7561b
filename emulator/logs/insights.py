"""Which queries of Logs Insights the emulator answers truly; it passes over the rest as if it were not there."""

from __future__ import annotations

import re
from collections.abc import Sequence

FIELDS = "@timestamp, @message, @logStream, @log, @ptr"
_FIELD = r"@(?:timestamp|message|logStream|log|ptr)"
_ANSWERED = (
    rf"fields\s+{_FIELD}(?:\s*,\s*{_FIELD})*",
    rf"filter\s+{_FIELD}\s*=\s*'(?:\\'|[^'])*'",
    rf"filter\s+{_FIELD}\s+like\s+/(?:\\.|[^/])*/i?",
    r"filter\s+toMillis\(@timestamp\)\s*(?:<=|>=|<|>|!=|=)\s*-?\d+",
    rf"sort\s+{_FIELD}(?:\s+(?:asc|desc))?",
    r"limit\s+\d+",
)


def refusal(commands: Sequence[str]) -> str | None:
    """Return why a query cannot be answered truly, or None if it can.

    :param commands: of the query, without the bars between them.
    """
    for command in commands:
        if not any(re.fullmatch(form, command.strip(), re.IGNORECASE | re.DOTALL) for form in _ANSWERED):
            return (
                f"{command.strip()!r} is not emulated; there are fields, filter @field = '...', filter @field like "
                f"/.../, filter toMillis(@timestamp) < ..., sort and limit, on the fields {FIELDS}"
            )
    return None
