"""What a function's role needs because of how buckets and functions are set: keys of KMS, and a place in the network.

The identity stack calls it, since it makes the roles; nothing here looks at what the functions do.
"""

from aws_cdk import aws_iam as iam

from config.models import Bucket, Cache, CacheBackend, Encryption, Functions
from constructs_lib.access import ServiceRole
from contract.components import Function
from stacks.proxy_platform.base import PlatformStack

BUCKET_KEY = "storage"
"""What the KMS key is called that the storage stack makes, in the name of its alias."""

KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")
"""What S3 asks of KMS for whoever reads and writes objects.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

NETWORK_ACTIONS = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
"""What Lambda does with a function's role to put it into a VPC.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
"""

COMPREHEND_ACTIONS = ("comprehend:BatchDetectDominantLanguage", "comprehend:BatchDetectSentiment")
NO_RESOURCE = "AWS defines no resource for these actions, so a policy can name none"

NETWORK_REASON = (
    "Lambda makes the function's network interfaces with its role and asks for these rights on all resources; another "
    "statement takes them from the function's own code"
)


ASKS = {Function.HTML_SERVICE: Function.SEMANTIC_TEXT_SERVICE}
"""Which function asks which other one, by its URL."""


def allow_bucket_key(role: ServiceRole, bucket: Bucket, stack: PlatformStack) -> None:
    """Let a role read and write the encrypted objects of a bucket, if a key of KMS encrypts them.

    A key of ours is known by its alias, so that no stack has to wait for the one that makes it.
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html

    :param bucket: the bucket's settings.
    :param stack: the stack that the role is part of.
    """
    if bucket.encryption is not Encryption.KMS:
        return
    through_s3 = {"kms:ViaService": f"s3.{stack.region}.amazonaws.com"}
    if bucket.key_arn is not None:
        role.allow("Key", *KEY_ACTIONS, on=[bucket.key_arn], conditions={"StringEquals": through_s3})
        return
    alias = f"alias/{stack.names.resource(BUCKET_KEY)}"
    role.allow(
        "Key",
        *KEY_ACTIONS,
        on=[f"arn:{stack.partition}:kms:{stack.region}:{stack.account}:key/*"],
        conditions={
            "StringEquals": through_s3,
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": [alias]},
        },
        wildcard_reason="the key's id is not known before it is made; the condition holds for the key of one alias",
    )


def allow_network(role: ServiceRole, function_arn: str) -> None:
    """Let a function run in a VPC.

    Lambda alone is to use these rights, so they are denied to what the function itself calls.
    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-best-practice-security

    :param function_arn: ARN of the function, without a version.
    """
    role.allow("Network", *NETWORK_ACTIONS, on=["*"], wildcard_reason=NETWORK_REASON)
    role.add_to_principal_policy(
        iam.PolicyStatement(
            sid="NetworkForLambdaOnly",
            effect=iam.Effect.DENY,
            actions=list(NETWORK_ACTIONS),
            resources=["*"],
            conditions={"ArnEquals": {"lambda:SourceFunctionArn": [function_arn]}},
        )
    )


def allow_comprehend(role: ServiceRole) -> None:
    """Let a role ask Amazon Comprehend for languages and sentiments.

    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncomprehend.html
    """
    role.allow("Comprehend", *COMPREHEND_ACTIONS, on=["*"], wildcard_reason=NO_RESOURCE)


def functions_in_network(functions: Functions, cache: Cache) -> frozenset[Function]:
    """Return the functions that run in the platform's VPC: those that are set so, and the one that calls Valkey."""
    calling_valkey = {Function.CACHE_SERVICE} if cache.backend is CacheBackend.VALKEY else set()
    return frozenset({function for function in Function if functions.of(function).vpc} | calling_valkey)
