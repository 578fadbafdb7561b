"""The lifecycle hook through which an instance asks its group for the time to drain before it is terminated."""

DRAINING_HOOK = "slipway-draining"
"""Name of the hook on `autoscaling:EC2_INSTANCE_TERMINATING`; the instance itself completes its actions."""

HEARTBEAT_SECONDS = 20
"""How often an instance that drains says so. The hook's own timeout has to be longer than three of these, and need not
be longer: an instance that says nothing any more is dead, and waiting for it would only delay its replacement."""
