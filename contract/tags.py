"""Keys of the tags that every resource carries."""

SERVICE = "slipway:service"
MANAGED_BY = "slipway:managed-by"
DEPLOYMENT_ID = "slipway:deployment-id"
ENVIRONMENT = "slipway:environment"
CREATED_AT = "slipway:created-at"
VERSION = "slipway:version"
COMPONENT = "slipway:component"

EXPIRES_AT = "slipway:expires-at"
"""When the deployment may be removed, in UTC as of ISO 8601; only of one with a lifetime."""

DEFAULT = (SERVICE, MANAGED_BY, DEPLOYMENT_ID, ENVIRONMENT, CREATED_AT, VERSION, COMPONENT)
