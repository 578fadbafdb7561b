"""Names of CloudWatch metrics that we emit ourselves (namespace, names, dimensions)."""

NAMESPACE = "Slipway"
