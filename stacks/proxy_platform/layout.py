"""Places within buckets and logs that more than one stack of the platform knows."""

from config.naming import Names

ARTIFACTS = "artifacts"
CONFIGURATION = "config"
CACHE = "cache"

ACCESS_LOGS_PREFIX = "access-logs"
IMAGE_LOGS_PREFIX = "image-builder"
STATISTICS_PREFIX = "statistics"


def instance_log_group(names: Names) -> str:
    """Return the name of the log group that instances write to."""
    return f"/{names.project}/{names.environment}/instances"
