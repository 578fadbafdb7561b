"""What the cache keeps and for how long, for configuration, service and proxy alike."""

from enum import StrEnum

SHORTEST_TTL = 1
LONGEST_TTL = 31 * 24 * 3600
"""Bounds of a time to live, in seconds."""


class Strategy(StrEnum):
    """What a store does beside what was stored before.

    `DIRECT` keeps the same content once, however often it is stored. `TEMPORAL` keeps every store as an entry of its
    own, under its time. `TEMPORAL_LATEST` does so too and knows the newest of each key. `TEMPORAL_VERSIONED` also
    numbers those of a key, from 1. `KEY_BASED` keeps one entry for each key: the last store wins.
    """

    DIRECT = "direct"
    TEMPORAL = "temporal"
    TEMPORAL_LATEST = "temporal_latest"
    TEMPORAL_VERSIONED = "temporal_versioned"
    KEY_BASED = "key_based"


EXPORTS = "_exports"
"""First part of the paths of zip files in the cache's bucket; no namespace can be called so."""
