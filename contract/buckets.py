"""What the buckets of a deployment are for: the part of their names that tells them apart."""

ARTIFACTS = "artifacts"
CONFIGURATION = "config"
CACHE = "cache"
