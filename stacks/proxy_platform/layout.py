"""Places within buckets that more than one stack of the platform knows."""

from contract.buckets import ARTIFACTS, CACHE, CONFIGURATION
from contract.buckets import FLEET_SETTINGS as FLEET_SETTINGS_PREFIX

__all__ = [
    "ACCESS_LOGS_PREFIX",
    "ARTIFACTS",
    "CACHE",
    "CONFIGURATION",
    "FLEET_SETTINGS_PREFIX",
    "IMAGE_BILLS_PREFIX",
    "IMAGE_LOGS_PREFIX",
    "STATISTICS_PREFIX",
]

ACCESS_LOGS_PREFIX = "access-logs"
IMAGE_BILLS_PREFIX = "image-bills"
IMAGE_LOGS_PREFIX = "image-builder"
STATISTICS_PREFIX = "statistics"
