"""Environment variables that the CDK application sets and the functions, or the instance, read."""

# Functions
ENVIRONMENT_NAME = "SLIPWAY_ENVIRONMENT"
SERVICE_VERSION = "SLIPWAY_VERSION"
SEMANTIC_TEXT_SERVICE_URL = "SLIPWAY_SEMANTIC_TEXT_SERVICE_URL"
"""Where the HTML service asks for texts."""

CACHE_BUCKET = "SLIPWAY_CACHE_BUCKET"
CACHE_TTL_SECONDS = "SLIPWAY_CACHE_TTL_SECONDS"
CACHE_LONGEST_TTL_SECONDS = "SLIPWAY_CACHE_LONGEST_TTL_SECONDS"
"""What the cache's bucket keeps an object for at least; whoever wants one kept longer is told so."""

CACHE_VALKEY = "SLIPWAY_CACHE_VALKEY"
"""`host:port` of the Valkey cache that answers before the bucket; not set where there is none."""

CACHE_QUOTAS = "SLIPWAY_CACHE_QUOTAS"
"""How much each namespace may keep, as :mod:`contract.quotas` writes it."""

SENTIMENT_ENGINES = "SLIPWAY_SENTIMENT_ENGINES"
"""Names of the engines that the semantic text service may use, with commas between them, its default first."""

RATING_SECONDS = "SLIPWAY_RATING_SECONDS"
"""How long an engine may take for all texts of a call; what it has not rated by then has failed."""

LOG_LEVEL = "POWERTOOLS_LOG_LEVEL"
SERVICE_NAME = "POWERTOOLS_SERVICE_NAME"
STATISTICS_BUCKET = "SLIPWAY_STATISTICS_BUCKET"
STATISTICS_PREFIX = "SLIPWAY_STATISTICS_PREFIX"
STATISTICS_INTERVAL_SECONDS = "SLIPWAY_STATISTICS_INTERVAL_SECONDS"
"""Time between two reports of a process of the proxy."""

FLEET_SETTINGS_BUCKET = "SLIPWAY_FLEET_SETTINGS_BUCKET"
FLEET_SETTINGS_PREFIX = "SLIPWAY_FLEET_SETTINGS_PREFIX"
DEFAULT_MODE = "SLIPWAY_DEFAULT_MODE"
"""Mode where neither a request nor the fleet's settings choose one: as the proxy was deployed."""

DASHBOARD_SECRET_ARN = "SLIPWAY_DASHBOARD_SECRET_ARN"  # noqa: S105 - where the secret is, not the secret
"""Where proxy management finds who may see the dashboard."""

# Instance
RUNTIME_DIRECTORY = "SLIPWAY_RUNTIME_DIRECTORY"
CONFIGURATION_DIRECTORY = "SLIPWAY_CONFIGURATION_DIRECTORY"
"""Where an instance keeps what user data has said to it."""
