"""Health checks of a target group, made for real, and what follows from a series of them."""

from __future__ import annotations

import http.client
from dataclasses import dataclass

State = tuple[str, str, str]
"""State, reason code and description, as a load balancer shows them."""

_REGISTERING: State = ("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
_CHECKING: State = ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
HEALTHY: State = ("healthy", "", "")


@dataclass(frozen=True)
class Check:
    """How a target group checks its targets.

    :param port: TCP port on the target.
    :param path: path of the HTTP request; None for a check that only connects.
    :param codes: HTTP statuses that count as healthy, for example `200` or `200-399` or `200,204`.
    :param timeout_seconds: time for the answer.
    :param unhealthy_threshold: failures in a row that make a healthy target unhealthy.
    """

    port: int
    path: str | None
    codes: str
    timeout_seconds: float
    unhealthy_threshold: int

    def failure(self, address: str) -> tuple[str, str] | None:
        """Check one target; return reason code and description of the failure, or None."""
        connection = http.client.HTTPConnection(address, self.port, timeout=self.timeout_seconds)
        try:
            if self.path is None:
                connection.connect()
                return None
            connection.request("GET", self.path, headers={"User-Agent": "ELB-HealthChecker/2.0", "Connection": "close"})
            status = connection.getresponse().status
        except TimeoutError:
            return "Target.Timeout", "Request timed out"
        except (OSError, http.client.HTTPException):
            return "Target.FailedHealthChecks", "Health checks failed"
        finally:
            connection.close()
        if matches(status, self.codes):
            return None
        return "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]"


def matches(status: int, codes: str) -> bool:
    """Tell whether an HTTP status is among the codes of a matcher."""
    for part in codes.split(","):
        low, _, high = part.strip().partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False


class TargetHealth:
    """What the checks of one target have shown so far."""

    def __init__(self) -> None:
        self.state: State = _REGISTERING
        self._failures = 0

    def note(self, failure: tuple[str, str] | None, threshold: int) -> State:
        """Take in the outcome of one check and return the state.

        One success is enough to be healthy: waiting for several only costs time on a machine of one's own.
        """
        if failure is None:
            self._failures, self.state = 0, HEALTHY
            return self.state
        self._failures += 1
        if self.state in (_REGISTERING, _CHECKING):
            self.state = _CHECKING
        if self._failures >= threshold and self.state != _CHECKING:
            self.state = ("unhealthy", *failure)
        return self.state
