"""The lifecycle hooks between an instance and its group: it says when it serves, and asks for time to drain."""

LAUNCHING_HOOK = "slipway-launching"
"""Name of the hook on `autoscaling:EC2_INSTANCE_LAUNCHING`; the instance completes its action when a round trip through
its own proxy has worked, and abandons itself when it cannot start."""

DRAINING_HOOK = "slipway-draining"
"""Name of the hook on `autoscaling:EC2_INSTANCE_TERMINATING`; the instance itself completes its actions."""

HEARTBEAT_SECONDS = 20
"""How often an instance that starts or drains says so. A hook's own timeout has to be longer than three of these, and
need not be longer: an instance that says nothing any more is dead, and waiting for it would only delay its
replacement."""

LONGEST_START_SECONDS = 300.0
"""After which an instance that boots but does not serve gives itself up, however often it has asked for more time."""
