"""Bounds of what the cache of transformed pages keeps, for configuration and for the service alike."""

SHORTEST_TTL = 1
LONGEST_TTL = 31 * 24 * 3600
"""Bounds of a time to live, in seconds."""
