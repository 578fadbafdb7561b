"""Settings of the functions stack: what the four functions share, and each one's own."""

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from config.models.base import Architecture, Days, LayerArn, Model, PythonRuntime
from config.models.forms import Form
from contract.components import Function

LONGEST_ENVIRONMENT_BYTES = 3072
"""Of the 4 KB that AWS allows for all variables of a function together, what its own variables may take."""

SNAP_START_STORAGE_MB = 512

_RESERVED = ("AWS_", "LAMBDA_", "POWERTOOLS_", "SLIPWAY_")
_SECRET = re.compile(r"SECRET|PASSWORD|PASSWD|PASSPHRASE|TOKEN|CREDENTIAL|(API|PRIVATE|ACCESS|SIGNING|ENCRYPTION)_?KEY")

_SECRET_VALUE = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----")
"""Access keys of AWS, and private keys as PEM."""

VariableName = Annotated[
    str, Form("the name of an environment variable", r"[A-Za-z][A-Za-z0-9_]{1,127}", "GREETING", 128)
]


class LogLevel(StrEnum):
    """What a function logs: entries of this level and those above it."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class FunctionSettings(Model):
    """One function."""

    memory_mb: int = Field(default=512, ge=128, le=10240)
    """Memory, in MB; the share of a processor grows with it."""

    timeout_seconds: int = Field(default=30, ge=1, le=900)
    """Time, in seconds, after which an invocation is ended."""

    runtime: PythonRuntime | None = None
    """Lambda runtime of this function; none for that of all."""

    architecture: Architecture | None = None
    """Processor architecture of this function; none for that of all."""

    environment: dict[VariableName, str] = {}
    """Environment variables of your own. Everybody who may look at the function reads them: no secrets."""

    layers: tuple[LayerArn, ...] = Field(default=(), max_length=4)
    """ARNs of layers of yours, above ours; AWS allows five in all."""

    vpc: bool = False
    """Whether it runs in the platform's network, where instances stand; with Valkey the cache service always does."""

    reserved_concurrency: int | None = Field(default=None, ge=1, le=10000)
    """Invocations at a time that the function may have at most and keeps for itself; none for the account's pool."""

    provisioned_concurrency: int | None = Field(default=None, ge=1, le=10000)
    """Execution environments that are kept ready, and paid for, at any time; none for cold starts."""

    snap_start: bool = False
    """Whether cold starts begin from a snapshot of the started function, which costs little and shortens them."""

    ephemeral_storage_mb: int = Field(default=512, ge=512, le=10240)
    """Size of the folder `/tmp`, in MB."""

    log_level: LogLevel = LogLevel.INFO
    """Lowest level that is logged."""

    log_retention_days: Days | None = None
    """Age, in days, at which this function's logs may be deleted; none for that of all."""

    @field_validator("environment")
    @classmethod
    def check_environment(cls, environment: dict[str, str]) -> dict[str, str]:
        for name, value in environment.items():
            if name.upper().startswith(_RESERVED):
                raise ValueError(
                    f"variable {name!r}: names that start with {', '.join(_RESERVED)} belong to AWS or to Slipway; "
                    "choose another"
                )
            looks_secret = _SECRET.search(name.upper()) and not name.upper().endswith("_ARN")
            if looks_secret or _SECRET_VALUE.search(value):
                raise ValueError(
                    f"variable {name!r} looks like a secret, and everybody who may look at the function reads its "
                    "variables; keep it in Secrets Manager and pass its ARN, in a variable whose name ends with _ARN"
                )
        size = sum(len(name.encode()) + len(value.encode()) for name, value in environment.items())
        if size > LONGEST_ENVIRONMENT_BYTES:
            raise ValueError(
                f"names and values have {size} bytes together; allowed: {LONGEST_ENVIRONMENT_BYTES}, as AWS takes 4096 "
                "with ours; keep longer values in SSM parameters"
            )
        return environment

    @model_validator(mode="after")
    def check_start(self) -> Self:
        ready, reserved = self.provisioned_concurrency, self.reserved_concurrency
        if ready is not None and self.snap_start:
            raise ValueError(
                f"provisioned_concurrency {ready} and snap_start true exclude each other on AWS: environments that are "
                "kept ready need no snapshot; remove one of them"
            )
        if ready is not None and reserved is not None and ready > reserved:
            raise ValueError(
                f"provisioned_concurrency {ready} is more than reserved_concurrency {reserved}, of which it is a part; "
                f"write {reserved} or less"
            )
        if self.snap_start and self.ephemeral_storage_mb > SNAP_START_STORAGE_MB:
            raise ValueError(
                f"ephemeral_storage_mb {self.ephemeral_storage_mb} with snap_start true: AWS allows "
                f"{SNAP_START_STORAGE_MB} then; take that, or remove snap_start"
            )
        return self


class HtmlServiceSettings(FunctionSettings):
    """The HTML service, which holds a whole page in several forms at a time."""

    memory_mb: int = Field(default=1024, ge=128, le=10240)
    """Memory, in MB; the share of a processor grows with it."""


class ProxyManagementSettings(FunctionSettings):
    """Proxy management, which adds up what every process of the proxy has reported for each look at the dashboard."""

    memory_mb: int = Field(default=1024, ge=128, le=10240)
    """Memory, in MB; the share of a processor grows with it."""


class CacheServiceSettings(FunctionSettings):
    """The cache service, which puts entries into a zip file for 15 seconds and then has to finish it."""

    timeout_seconds: int = Field(default=30, ge=30, le=900)
    """Time, in seconds, after which an invocation is ended; an export takes more than half of the least."""


class Functions(Model):
    """The four functions."""

    runtime: PythonRuntime = PythonRuntime.PYTHON_3_12
    """Lambda runtime of all functions."""

    architecture: Architecture = Architecture.ARM64
    """Processor architecture of all functions."""

    log_retention_days: Days = 30
    """Age, in days, at which the functions' logs may be deleted; CloudWatch Logs rounds it up to what it offers."""

    html_service: HtmlServiceSettings = HtmlServiceSettings()
    """The HTML service."""

    semantic_text_service: FunctionSettings = FunctionSettings()
    """The semantic text service."""

    cache_service: CacheServiceSettings = CacheServiceSettings()
    """The cache service."""

    proxy_management: ProxyManagementSettings = ProxyManagementSettings()
    """The proxy management."""

    def of(self, function: Function) -> FunctionSettings:
        """Return one function's settings."""
        return {
            Function.HTML_SERVICE: self.html_service,
            Function.SEMANTIC_TEXT_SERVICE: self.semantic_text_service,
            Function.CACHE_SERVICE: self.cache_service,
            Function.PROXY_MANAGEMENT: self.proxy_management,
        }[function]

    def runtime_of(self, function: Function) -> PythonRuntime:
        """Return the runtime of one function."""
        return self.of(function).runtime or self.runtime

    def architecture_of(self, function: Function) -> Architecture:
        """Return the architecture of one function."""
        return self.of(function).architecture or self.architecture
