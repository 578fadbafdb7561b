"""Settings of the functions stack: what the four functions share, and each one's own."""

from pydantic import Field

from config.models.base import Architecture, Days, Model, PythonRuntime
from contract.components import Function


class FunctionSettings(Model):
    """One function."""

    memory_mb: int = Field(default=512, ge=128, le=10240)
    """Memory, in MB; the share of a processor grows with it."""

    timeout_seconds: int = Field(default=30, ge=1, le=900)
    """Time, in seconds, after which an invocation is ended."""

    reserved_concurrency: int | None = Field(default=None, ge=1, le=10000)
    """Invocations at a time that the function may have at most and keeps for itself; none for the account's pool."""


class Functions(Model):
    """The four functions."""

    runtime: PythonRuntime = PythonRuntime.PYTHON_3_12
    """Lambda runtime of all functions."""

    architecture: Architecture = Architecture.ARM64
    """Processor architecture of all functions."""

    log_retention_days: Days = 30
    """Age, in days, at which the functions' logs may be deleted; CloudWatch Logs rounds it up to what it offers."""

    html_service: FunctionSettings = FunctionSettings(memory_mb=1024)
    """The HTML service."""

    semantic_text_service: FunctionSettings = FunctionSettings()
    """The semantic text service."""

    cache_service: FunctionSettings = FunctionSettings()
    """The cache service."""

    proxy_management: FunctionSettings = FunctionSettings()
    """The proxy management."""

    def of(self, function: Function) -> FunctionSettings:
        """Return one function's settings."""
        return {
            Function.HTML_SERVICE: self.html_service,
            Function.SEMANTIC_TEXT_SERVICE: self.semantic_text_service,
            Function.CACHE_SERVICE: self.cache_service,
            Function.PROXY_MANAGEMENT: self.proxy_management,
        }[function]
