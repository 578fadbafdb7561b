"""The checked types of single values: what AWS calls its things, in every partition, and what it does not."""

import json
from pathlib import Path
from typing import Any

import botocore
import pytest
from pydantic import TypeAdapter, ValidationError

from config.models import base

PARTITIONS = json.loads((Path(botocore.__file__).parent / "data" / "partitions.json").read_text())["partitions"]
REGIONS = [name for partition in PARTITIONS for name in partition["regions"] if "global" not in name]
HEX = "0123456789abcdef0"
UUID = "12345678-1234-1234-1234-123456789012"

GOOD: dict[Any, list[str]] = {
    base.AccountId: ["000000000000"],
    base.Region: REGIONS,
    base.Zone: [f"{region}a" for region in REGIONS],
    base.AmiId: ["ami-01234567", f"ami-{HEX}"],
    base.VpcId: [f"vpc-{HEX}"],
    base.SubnetId: [f"subnet-{HEX}"],
    base.SecurityGroupId: [f"sg-{HEX}"],
    base.HostedZoneId: ["Z2FDTNDATAQYW2"],
    base.InstanceType: ["t4g.small", "u-6tb1.metal", "m7i-flex.large", "m5.metal-24xl"],
    base.RoleArn: ["arn:aws:iam::123456789012:role/a/b/Some+Role@x"],
    base.PolicyArn: ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore", "arn:aws:iam::123456789012:policy/b"],
    base.InstanceProfileArn: ["arn:aws:iam::123456789012:instance-profile/proxy"],
    base.CertificateArn: [f"arn:aws:acm:us-east-1:123456789012:certificate/{UUID}"],
    base.KeyArn: [
        f"arn:aws:kms:us-east-1:123456789012:key/{UUID}",
        f"arn:aws:kms:us-east-1:123456789012:key/mrk-{'0' * 32}",
    ],
    base.LayerArn: ["arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python312-arm64:7"],
    base.SecretArn: ["arn:aws:secretsmanager:us-east-1:123456789012:secret:proxy/users-a1B2c3"],
    base.TopicArn: ["arn:aws:sns:us-east-1:123456789012:alarms"],
    base.BucketName: ["abc", "a" * 63, "0-9"],
    base.EmailAddress: ["a@b.io", "first.last+tag@sub.example-mail.org"],
    base.DnsLabel: ["a", "xn--bcher-kva", "a" * 63],
    base.DomainName: ["example.org", "1.0.10.in-addr.arpa"],
    base.HostName: ["localhost", "www.example.org", "3com.com"],
    base.HostPattern: ["*.example.org", "example.org"],
    base.Cron: ["cron(0 3 ? * SUN *)"],
}

BAD = [
    (base.AccountId, "1234-5678-9012", "the twelve digits"),
    (
        base.AccountId,
        "\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10\uff11\uff12",
        "the twelve digits",
    ),
    (base.Region, "us-east", "the name of an AWS region"),
    (base.Region, "US-EAST-1", "the name of an AWS region"),
    (base.Region, "us-east-1a", "the name of an AWS region"),
    (base.Zone, "us-east-1", "the name of an availability zone"),
    (base.Zone, "use1-az1", "the name of an availability zone"),
    (base.AmiId, "ami-0123", "like ami-0123456789abcdef0"),
    (base.AmiId, "ami-0123456789ABCDEF0", "the id of a machine image"),
    (base.VpcId, f"subnet-{HEX}", "the id of a VPC"),
    (base.SubnetId, f"subnet-{HEX} ", "the id of a subnet"),
    (base.SecurityGroupId, "default", "the id of a security group"),
    (base.HostedZoneId, "/hostedzone/Z2FDTNDATAQYW2", "without /hostedzone/"),
    (base.InstanceType, "t4g", "an EC2 instance type"),
    (base.RoleArn, "proxy", "the ARN of an IAM role"),
    (base.RoleArn, "arn:aws:iam::123456789012:user/proxy", "the ARN of an IAM role"),
    (base.RoleArn, "arn:aws-chn:iam::123456789012:role/proxy", "the ARN of an IAM role"),
    (base.RoleArn, "arn:aws:iam::aws:role/proxy", "the ARN of an IAM role"),
    (base.PolicyArn, "arn:aws:iam::12345:policy/b", "the ARN of a managed policy"),
    (base.InstanceProfileArn, "arn:aws:iam::123456789012:role/proxy", "the ARN of an instance profile"),
    (base.CertificateArn, f"arn:aws:iam::123456789012:server-certificate/{UUID}", "a certificate in ACM"),
    (base.KeyArn, "arn:aws:kms:us-east-1:123456789012:alias/key", "not of an alias"),
    (base.LayerArn, "arn:aws:lambda:us-east-1:123456789012:layer:certificates", "one version of a Lambda layer"),
    (base.SecretArn, "arn:aws:secretsmanager:us-east-1:123456789012:secret:proxy", "the ARN of a secret"),
    (base.TopicArn, "arn:aws:sns:us-east-1:123456789012:alarms:1", "an SNS topic"),
    (base.BucketName, "ab", "3 to 63"),
    (base.BucketName, "a" * 64, "3 to 63"),
    (base.BucketName, "My-Bucket", "lower-case"),
    (base.BucketName, "my_bucket", "lower-case"),
    (base.BucketName, "-bucket", "both ends"),
    (base.BucketName, "192.168.5.4", "IP address"),
    (base.BucketName, "my.bucket", "write a dash"),
    (base.BucketName, "xn--bucket", "'xn--'.*for itself"),
    (base.BucketName, "bucket-s3alias", "'-s3alias'.*for itself"),
    (base.EmailAddress, "nobody", "a mail address"),
    (base.EmailAddress, "a b@example.org", "a mail address"),
    (base.EmailAddress, "Somebody <a@example.org>", "a mail address"),
    (base.EmailAddress, "a@example", "a mail address"),
    (base.DnsLabel, "a.b", "without dots"),
    (base.DnsLabel, "-a", "one part of a domain name"),
    (base.DnsLabel, "a" * 64, "one part of a domain name"),
    (base.DomainName, "Example.org", "in lower case"),
    (base.DomainName, "example.org.", "a domain name"),
    (base.DomainName, ".".join(["a" * 60] * 5), "this has 304"),
    (base.HostName, "https://example.org", "a host's name"),
    (base.HostName, "10.0.0.1", "ends in a number"),
    (base.HostName, "*.example.org", "a host's name"),
    (base.HostPattern, "*", "a host's name"),
    (base.HostPattern, "www.*.org", "a host's name"),
    (base.Cron, "0 3 ? * SUN *", "a cron expression"),
    (base.Cron, "rate(1 day)", "a cron expression"),
    (base.Cron, "cron(0 3 * * * *)", "exactly one is"),
]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in GOOD.items() for text in texts])
def test_what_aws_calls_its_things(kind: Any, text: str) -> None:
    assert TypeAdapter(kind).validate_python(text) == text


@pytest.mark.parametrize("kind", [base.RoleArn, base.PolicyArn, base.KeyArn, base.CertificateArn, base.LayerArn])
@pytest.mark.parametrize("partition", [partition["id"] for partition in PARTITIONS])
def test_arns_of_every_partition(kind: Any, partition: str) -> None:
    TypeAdapter(kind).validate_python(GOOD[kind][0].replace("arn:aws:", f"arn:{partition}:"))


@pytest.mark.parametrize(("kind", "text", "words"), BAD)
def test_what_is_refused_and_how(kind: Any, text: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [("10.0.0.1/16", "host bits"), ("10.0.0.0/33", "a CIDR block"), ("everyone", "write it like 10.0.0.0/16")],
)
def test_networks_are_written_as_they_apply(text: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        TypeAdapter(base.Network).validate_python(text)
