"""Why a group launches and terminates instances, in the words of AWS's scaling activities.

`{at}` stands for the moment. Source of the words: user guide of Amazon EC2 Auto Scaling, "Verify a scaling activity".
"""

EC2_HEALTH = (
    "At {at} an instance was taken out of service in response to an EC2 health check indicating it has been terminated "
    "or stopped."
)
BALANCER_HEALTH = "At {at} an instance was taken out of service in response to an ELB system health check failure."
USER_HEALTH = "At {at} an instance was taken out of service in response to a user health-check."
USER_REQUEST = "At {at} instance {instance} was taken out of service in response to a user request."
ABANDONED = "At {at} an instance was taken out of service because a lifecycle hook abandoned its launch."
REPLACEMENT = "At {at} an instance was launched in response to an unhealthy instance needing to be replaced."
REBALANCE = "At {at} an instance was taken out of service in response to an EC2 instance rebalance recommendation."
REFRESH = "At {at} an instance was taken out of service in response to an instance refresh."
STACK_UPDATE = "At {at} an instance was taken out of service in response to an update of its CloudFormation stack."
WARM = "At {at} an instance was started in response to a need for a larger warm pool."
WARM_SHRINKS = "At {at} an instance was taken out of service in response to a smaller warm pool."


def growth(before: int, after: int) -> str:
    """Return why an instance was launched that was wanted."""
    return (
        "At {at} an instance was started in response to a difference between desired and actual capacity, increasing "
        f"the capacity from {before} to {after}."
    )


def shrinking(before: int, after: int, instance_id: str) -> str:
    """Return why an instance was terminated that was one too many."""
    return (
        "At {at} an instance was taken out of service in response to a difference between desired and actual capacity, "
        f"shrinking the capacity from {before} to {after}.  At {{at}} instance {instance_id} was selected for "
        "termination."
    )


def user_request(instance_id: str, before: int, after: int) -> str:
    """Return why an instance was terminated that a user named; the capacity may have shrunk with it."""
    told = USER_REQUEST.replace("{instance}", instance_id)
    return told if before == after else f"{told.removesuffix('.')}, shrinking the capacity from {before} to {after}."


def created(desired: int) -> str:
    """Return why a new group has a capacity."""
    return f"At {{at}} a user request created an AutoScalingGroup changing the desired capacity from 0 to {desired}."


def updated(minimum: int, maximum: int, before: int, after: int) -> str:
    """Return why a group that a user has changed has another capacity."""
    return (
        f"At {{at}} a user request update of AutoScalingGroup constraints to min: {minimum}, max: {maximum}, desired: "
        f"{after} changing the desired capacity from {before} to {after}."
    )


def set_by_user(before: int, after: int) -> str:
    """Return why a group has the capacity that a user has set."""
    return f"At {{at}} a user request explicitly set group desired capacity changing the desired capacity from {before} to {after}."  # noqa: E501


def executed(policy: str, before: int, after: int) -> str:
    """Return why a group has the capacity that a policy gave it when a user executed it."""
    return f"At {{at}} a user request executed policy {policy} changing the desired capacity from {before} to {after}."


def triggered(alarm: str, state: str, policy: str, before: int, after: int) -> str:
    """Return why a group has the capacity that a policy gave it when an alarm told it to."""
    return (
        f"At {{at}} a monitor alarm {alarm} in state {state} triggered policy {policy} changing the desired capacity "
        f"from {before} to {after}."
    )
