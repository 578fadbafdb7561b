"""What all configuration models share: their strictness, and the checked types of single values.

No model of a stack belongs here.
"""

import ipaddress
import re
from collections.abc import Sequence
from enum import StrEnum
from itertools import combinations
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, field_validator, model_validator
from pydantic_core import CoreSchema

from config.models.cron import check_cron
from config.models.forms import Form
from contract import hosts

LOCAL = "local"
"""The environment in the emulator."""

PRODUCTION = "production"
"""The environment that is protected whatever its file says."""


def _strict(schema: Any) -> Any:
    """Return a part of pydantic's schema with all numbers and booleans in it strict."""
    match schema:
        case {"type": "bool" | "int" | "float"}:
            return {**schema, "strict": True}
        case dict():
            return {key: inner if key == "default" else _strict(inner) for key, inner in schema.items()}
        case list():
            return [_strict(inner) for inner in schema]
    return schema


class Model(BaseModel):
    """A frozen model that refuses unknown keys; each field's docstring is its description, with its unit.

    A rule of a model raises :class:`ValueError` with what is wrong and why, and after a semicolon how to mend it. It
    names keys by their paths below the model.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, validate_default=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Take numbers and booleans from nothing else, as the JSON schema says; `yes` is no 1, and `"no"` no false."""
        schema: CoreSchema = _strict(handler(source))
        return schema

    @field_validator("*")
    @classmethod
    def check_items(cls, value: object) -> object:
        """Refuse a list that says the same thing twice: it is a slip, or AWS refuses it."""
        items = value if isinstance(value, tuple) else ()
        twice = next((item for place, item in enumerate(items) if item in items[:place]), None)
        if twice is not None:
            what = "an entry" if isinstance(twice, BaseModel) else twice
            raise ValueError(f"{what} is there twice; name it once")
        return value

    @model_validator(mode="before")
    @classmethod
    def keep_defaults_of_its_place(cls, values: Any) -> Any:
        """Let a section that says only its share keep what its place in the tree has as default.

        Otherwise a function that is given another timeout would lose the memory that is meant for it.
        """
        if not isinstance(values, dict):
            return values
        defaults = {name: field.default for name, field in cls.model_fields.items()}
        return values | {
            name: defaults[name].model_dump(exclude_unset=True) | written
            for name, written in values.items()
            if isinstance(written, dict) and isinstance(defaults.get(name), Model)
        }


class Removal(StrEnum):
    """What becomes of stateful resources when their stack goes."""

    DESTROY = "destroy"
    RETAIN = "retain"


class Architecture(StrEnum):
    """Processor architecture, in AWS Lambda's words."""

    ARM64 = "arm64"
    X86_64 = "x86_64"


class PythonRuntime(StrEnum):
    """Lambda runtimes that the set-up builds a dependency layer for."""

    PYTHON_3_12 = "python3.12"
    PYTHON_3_13 = "python3.13"

    @property
    def version(self) -> str:
        """Version without the language, for example `3.12`."""
        return self.value.removeprefix("python")


def _check_network(text: str) -> None:
    """Check that host bits are zero, so that what is written is what applies."""
    try:
        wide = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ValueError(f"not a CIDR block: {error}; write one like 10.0.0.0/16") from error
    if wide.network_address != ipaddress.ip_interface(text).ip:
        raise ValueError(f"not the block as a whole, since host bits are set; write {wide}")


_NO_HOSTS = ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4")
"""Blocks of IPv4 without an address that a machine could have in a network: of the host itself, and multicast.

Source: https://www.iana.org/assignments/iana-ipv4-special-registry
"""


def _check_vpc_block(text: str) -> None:
    _check_network(text)
    for kept in _NO_HOSTS:
        if ipaddress.IPv4Network(text).overlaps(ipaddress.IPv4Network(kept)):
            raise ValueError(f"overlaps {kept}, where no machine has an address; write one like 10.0.0.0/16")


MOST_SECURITY_RULES = 60
"""Rules of a security group in each direction, for IPv4 and IPv6 apart, unless AWS has raised an account's quota.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
"""


def check_disjoint(name: str, blocks: Sequence[str]) -> None:
    """Check that no CIDR block of a list says what another one says already.

    :param name: key of the list, for the message.
    :raises ValueError: if one holds another.
    """
    for one, other in combinations(sorted(map(ipaddress.ip_network, blocks), key=lambda block: block.prefixlen), 2):
        if one != other and one.version == other.version and one.overlaps(other):
            raise ValueError(f"{name}: {one} holds {other}, which says nothing more; take {other} or {one} out")


def zones_of(region: str, zones: tuple[str, ...]) -> tuple[str, ...]:
    """Return those availability zones that are a region's."""
    return tuple(zone for zone in zones if zone[:-1] == region)


VpcBlock = Annotated[str, Form("a CIDR block of IPv4", r"[0-9.]+/[0-9]{1,2}", "10.0.0.0/16", check=_check_vpc_block)]
Network = Annotated[str, Form("a CIDR block", r"[0-9A-Fa-f.:]+/[0-9]{1,3}", "10.0.0.0/16", check=_check_network)]
Port = Annotated[int, Field(ge=1, le=65535)]
UnprivilegedPort = Annotated[int, Field(ge=1024, le=65535)]
Reason = Annotated[str, Field(min_length=10, max_length=300)]
"""Why something is otherwise than it should be."""
Days = Annotated[int, Field(ge=1, le=3650)]

_LABEL = hosts.LABEL


def _check_host(text: str) -> None:
    if (problem := hosts.problem_of_address(text)) is not None:
        raise ValueError(problem)


def _check_project(text: str) -> None:
    reserved = next((word for word in _RESERVED_PROJECTS if text.startswith(word)), None)
    if reserved:
        raise ValueError(f"begins with {reserved!r}, which AWS keeps for itself in names; choose another")
    if "--" in text:
        raise ValueError("has two dashes in a row, with which AWS marks names of its own; write one")


_RESERVED_PROJECTS = ("aws", "ssm", "internal", "amzn", "sthree")
"""Refused are SSM parameters `/aws…` and `/ssm…`, load balancers `internal-…`, buckets `amzn-s3-demo-…`, `sthree-…`."""

ProjectName = Annotated[
    str,
    Form(
        "2 to 12 lower-case letters, digits and dashes, a letter first and no dash last",
        r"[a-z][a-z0-9-]{0,10}[a-z0-9]",
        "slipway",
        check=_check_project,
    ),
]
EnvironmentName = Annotated[
    str, Form("2 to 11 lower-case letters and digits, a letter first", r"[a-z][a-z0-9]{1,10}", "staging")
]
"""Without dashes, so that no two pairs of project and environment give the same names."""

Version = Annotated[
    str, Form("1 to 64 letters, digits and . + -, a letter or digit first", r"[0-9A-Za-z][0-9A-Za-z.+-]{0,63}", "1.2.0")
]


def _check_tag(text: str) -> None:
    strange = next((sign for sign in text if not (sign.isalpha() or sign.isnumeric() or sign in " _.:/=+-@")), None)
    if strange is not None:
        raise ValueError(f"has {strange!r}, and tags hold letters, digits, spaces and _.:/=+-@ only; take it out")


TagKey = Annotated[str, Form("the key of a tag, 1 to 128 characters", ".{1,128}", "cost-centre", check=_check_tag)]
TagValue = Annotated[str, Form("the value of a tag, up to 256 characters", ".{0,256}", "4711", check=_check_tag)]
"""Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html, the strictest of the services."""

DnsLabel = Annotated[str, Form("one part of a domain name, in lower case and without dots", _LABEL, "proxy")]
DomainName = Annotated[
    str, Form("a domain name in lower case", rf"({_LABEL}\.)+{_LABEL}", "proxy.example.org", hosts.LONGEST)
]
HostName = Annotated[
    str, Form("a host's name in lower case", rf"({_LABEL}\.)*{_LABEL}", "www.example.org", hosts.LONGEST, _check_host)
]
HostPattern = Annotated[
    str,
    Form(
        "a host's name in lower case, perhaps after *. for all names below it",
        hosts.PATTERN,
        hosts.EXAMPLE,
        hosts.LONGEST,
        _check_host,
    ),
]

_MAIL_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_MAIL_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAIL = rf"{_MAIL_WORD}(\.{_MAIL_WORD})*@({_MAIL_LABEL}\.)+[A-Za-z]([A-Za-z0-9-]{{0,61}}[A-Za-z0-9])"
EmailAddress = Annotated[str, Form("a mail address", _MAIL, "alarms@example.org", 254)]
Cron = Annotated[
    str, Form("a cron expression of six fields, in UTC", r"cron\([^()]*\)", "cron(0 3 ? * SUN *)", check=check_cron)
]

# Identifiers of AWS. Partitions are those of botocore's data/partitions.json; ids are 8 or 17 hexadecimal digits:
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html

_PARTITION = r"aws(-cn|-us-gov|-eusc|-iso|-iso-b|-iso-e|-iso-f)?"
_REGION = r"(us|eu|ap|sa|ca|me|af|il|mx|cn|us-gov|us-iso|us-isob|us-isof|eu-isoe|eusc-de)-[a-z]+-[1-9]"
_ACCOUNT = r"\d{12}"
_HEX = r"([0-9a-f]{8}|[0-9a-f]{17})"
_IAM_PATH = r"([!-.0-~]+/)*"
_IAM_NAME = r"[A-Za-z0-9+=,.@_-]+"

AccountId = Annotated[str, Form("the twelve digits of an AWS account", _ACCOUNT, "123456789012")]
Region = Annotated[str, Form("the name of an AWS region", _REGION, "eu-west-1")]
Zone = Annotated[str, Form("the name of an availability zone", rf"{_REGION}[a-z]", "eu-west-1a")]
InstanceType = Annotated[str, Form("an EC2 instance type", r"[a-z][a-z0-9-]*\.[a-z0-9][a-z0-9-]*", "t4g.small")]
AmiId = Annotated[str, Form("the id of a machine image", rf"ami-{_HEX}", "ami-0123456789abcdef0")]
VpcId = Annotated[str, Form("the id of a VPC", rf"vpc-{_HEX}", "vpc-0123456789abcdef0")]
SubnetId = Annotated[str, Form("the id of a subnet", rf"subnet-{_HEX}", "subnet-0123456789abcdef0")]
SecurityGroupId = Annotated[str, Form("the id of a security group", rf"sg-{_HEX}", "sg-0123456789abcdef0")]
HostedZoneId = Annotated[
    str, Form("the id of a hosted zone, without /hostedzone/ before it", r"Z[A-Z0-9]{1,31}", "Z0123456789ABCDEFGHIJ")
]

_KEY_ID = r"([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})"
_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def _iam(what: str, resource: str, example: str, account: str = _ACCOUNT) -> Form:
    """Return the form of ARNs of IAM, which name no region."""
    pattern = rf"arn:{_PARTITION}:iam::{account}:{resource}"
    return Form(f"the ARN of {what}", pattern, f"arn:aws:iam::123456789012:{example}", 2048)


def _regional(what: str, service: str, resource: str, example: str) -> Form:
    """Return the form of ARNs of what stands in one region."""
    pattern = rf"arn:{_PARTITION}:{service}:{_REGION}:{_ACCOUNT}:{resource}"
    return Form(f"the ARN of {what}", pattern, f"arn:aws:{service}:eu-west-1:123456789012:{example}", 2048)


RoleArn = Annotated[str, _iam("an IAM role", rf"role/{_IAM_PATH}{_IAM_NAME}", "role/proxy")]
PolicyArn = Annotated[
    str,
    _iam("a managed policy", rf"policy/{_IAM_PATH}{_IAM_NAME}", "policy/boundary", account=rf"({_ACCOUNT}|aws)"),
]
InstanceProfileArn = Annotated[
    str, _iam("an instance profile", rf"instance-profile/{_IAM_PATH}{_IAM_NAME}", "instance-profile/proxy")
]
CertificateArn = Annotated[
    str,
    _regional(
        "a certificate in ACM", "acm", rf"certificate/{_UUID}", "certificate/12345678-1234-1234-1234-123456789012"
    ),
]
KeyArn = Annotated[
    str, _regional("a KMS key, not of an alias", "kms", rf"key/{_KEY_ID}", "key/12345678-1234-1234-1234-123456789012")
]
LayerArn = Annotated[
    str,
    _regional(
        "one version of a Lambda layer", "lambda", r"layer:[A-Za-z0-9_-]{1,140}:[1-9][0-9]*", "layer:certificates:3"
    ),
]
SecretArn = Annotated[
    str,
    _regional("a secret", "secretsmanager", r"secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}", "secret:proxy/users-a1B2c3"),
]
TopicArn = Annotated[str, _regional("an SNS topic", "sns", r"[A-Za-z0-9_-]{1,256}(\.fifo)?", "alarms")]

_RESERVED_BUCKETS = (
    r"xn--|sthree-|amzn-s3-demo-",
    r"-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3|-an",
)
"""Beginnings and ends that S3 keeps for itself."""


def _check_bucket(text: str) -> None:
    beginning = re.match(_RESERVED_BUCKETS[0], text) or re.search(rf"({_RESERVED_BUCKETS[1]})$", text)
    if beginning:
        raise ValueError(f"has {beginning[0]!r} where S3 keeps it for itself; choose another name")
    if re.fullmatch(r"\d+(\.\d+){3}", text):
        raise ValueError("looks like an IP address, which S3 refuses; choose another name")
    if "." in text:
        raise ValueError("has a dot, with which HTTPS to the bucket's own name fails; write a dash")


BucketName = Annotated[
    str,
    Form(
        "the name of an S3 bucket: 3 to 63 lower-case letters, digits and dashes, a letter or digit at both ends",
        r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "example-artifacts",
        check=_check_bucket,
    ),
]
"""Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
