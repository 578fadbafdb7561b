"""Cache service: bytes under a key, for a time."""
