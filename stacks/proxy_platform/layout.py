"""Places within buckets that more than one stack of the platform knows."""

ARTIFACTS = "artifacts"
CONFIGURATION = "config"
CACHE = "cache"

ACCESS_LOGS_PREFIX = "access-logs"
IMAGE_LOGS_PREFIX = "image-builder"
STATISTICS_PREFIX = "statistics"
