"""What becomes of resources that hold data."""

from aws_cdk import RemovalPolicy


def removal_policy(*, destroy: bool) -> RemovalPolicy:
    """Return the policy of a resource that holds data.

    What is to be kept goes all the same when the stack that makes it fails to be created: nothing is in it yet, and its
    name would be in the way of the next attempt.

    :param destroy: delete the resource with its stack; else keep it.
    """
    return RemovalPolicy.DESTROY if destroy else RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
