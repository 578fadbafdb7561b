"""What every function is told by its environment variables.

Only the entry points (`handler.py`) pass `os.environ` in; nothing here looks at it by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from contract import environment
from contract.components import Function
from lambda_src.shared.tracing import Tracer

INITIALIZATION_TYPE = "AWS_LAMBDA_INITIALIZATION_TYPE"
"""Lambda's own word on why it starts: `on-demand`, `provisioned-concurrency` or `snap-start`.
Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""
ON_DEMAND = "on-demand"


class SettingsError(Exception):
    """An environment variable of the function is missing or wrong; the deployment has to be mended, not the request."""


@dataclass(frozen=True)
class ServiceSettings:
    """Who this function is.

    :param name: the function's short name, for example `html-service`.
    :param version: version of the deployment.
    :param environment: name of the environment, for logs.
    :param tracer: tells what happens in its calls.
    :param starts_ahead: whether it starts before anybody waits for it, so that what takes time is best done then.
    """

    name: str
    version: str
    environment: str
    tracer: Tracer = field(default_factory=Tracer, compare=False)
    starts_ahead: bool = False

    @classmethod
    def read(cls, function: Function, variables: Mapping[str, str], clock: Callable[[], float]) -> ServiceSettings:
        """Read the settings that all functions share.

        :param clock: seconds since 1970, for traces.
        """
        return cls(
            name=function.value,
            version=variables.get(environment.SERVICE_VERSION, "0.1.0"),
            environment=variables.get(environment.ENVIRONMENT_NAME, "local"),
            tracer=Tracer.read(variables, clock),
            starts_ahead=variables.get(INITIALIZATION_TYPE, ON_DEMAND) != ON_DEMAND,
        )


def required(variables: Mapping[str, str], name: str) -> str:
    """Return a variable that has to be there.

    :raises SettingsError: if it is missing or empty.
    """
    value = variables.get(name, "").strip()
    if not value:
        raise SettingsError(f"environment variable {name} is not set; the functions stack sets it: deploy that again")
    return value


def whole_number(variables: Mapping[str, str], name: str, *, lowest: int, highest: int) -> int:
    """Return a variable that has to be a whole number between two bounds, both included.

    :raises SettingsError: if it is missing, no number, or out of bounds.
    """
    text = required(variables, name)
    try:
        value = int(text)
    except ValueError:
        value = lowest - 1
    if not lowest <= value <= highest:
        allowed = f"a whole number from {lowest} to {highest} is allowed"
        raise SettingsError(f"environment variable {name} is {text!r}; {allowed}: mend the configuration and deploy")
    return value
