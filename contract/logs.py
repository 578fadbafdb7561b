"""Names of log groups that whoever writes and whoever owns them have in common."""


def instances(prefix: str) -> str:
    """Return the name of the log group of a deployment's proxy instances.

    :param prefix: where the deployment's parameters stand, such as `/slipway/production`.
    """
    return f"{prefix}/instances"
