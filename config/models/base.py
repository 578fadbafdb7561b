"""What all configuration models share: their strictness, and the checked types of single values.

No model of a stack belongs here.
"""

import ipaddress
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


class Model(BaseModel):
    """A frozen model that refuses unknown keys; each field's docstring is its description, with its unit."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, validate_default=True)


class Environment(StrEnum):
    """The environments, each with a file of its own."""

    LOCAL = "local"
    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"
    TEST = "test"


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


def check_network(value: str) -> str:
    """Return the CIDR block if its host bits are zero, so that what is written is what applies.

    :raises ValueError: if it is no IPv4 or IPv6 block, or has host bits.
    """
    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        raise ValueError(f"not a CIDR block: {error}; write it like 10.0.0.0/16") from error
    return value


Network = Annotated[str, AfterValidator(check_network)]
Port = Annotated[int, Field(ge=1, le=65535)]
UnprivilegedPort = Annotated[int, Field(ge=1024, le=65535)]
Days = Annotated[int, Field(ge=1, le=3650)]
DomainName = Annotated[
    str,
    StringConstraints(
        max_length=253,
        pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
    ),
]
InstanceType = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*\.([a-z0-9]+)$")]
