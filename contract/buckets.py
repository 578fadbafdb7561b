"""What the buckets of a deployment are for: the part of their names that tells them apart, and places in them."""

ARTIFACTS = "artifacts"
CONFIGURATION = "config"
CACHE = "cache"

FLEET_SETTINGS = "fleet-settings"
"""Folder of the configuration bucket in which each version of the fleet's settings is kept."""
