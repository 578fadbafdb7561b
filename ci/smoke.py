"""The smoke test after a deployment: the stacks are sound, instances serve, and a page goes through the proxy.

Everything that it asks AWS goes through :class:`Cloud`; it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from contract import headers, outputs

PAUSE_SECONDS = 5.0


class SmokeError(Exception):
    """What was deployed does not work; the message says what is wrong and where to look."""


class Cloud(Protocol):
    """What the smoke test asks of AWS."""

    def stack_status(self, name: str, region: str) -> str:
        """Return a stack's status, for example `UPDATE_COMPLETE`."""

    def targets(self, target_group_arn: str, region: str) -> Mapping[str, str]:
        """Return the health of a group's targets by id, for example `{"i-1": "healthy"}`."""


@dataclass(frozen=True)
class Answer:
    """What came back for a page.

    :param status: HTTP status.
    :param result: the proxy's own word on it (:class:`contract.headers.Result`), empty where it said none.
    """

    status: int
    result: str


def region_of(arn: str) -> str:
    """Return the region that an ARN names."""
    return arn.split(":")[3]


def check_stacks(cloud: Cloud, names: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Look whether each stack's last operation ended well.

    :param names: region by stack name.
    :raises SmokeError: if one did not; it names them all.
    """
    found = {name: cloud.stack_status(name, region) for name, region in names.items()}
    bad = {name: status for name, status in found.items() if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE")}
    if bad:
        listed = ", ".join(f"{name} is {status}" for name, status in sorted(bad.items()))
        raise SmokeError(f"{listed}; read the stack's events for the first failure")
    say(f"{len(found)} stacks are as deployed")


def await_targets(
    cloud: Cloud,
    deployed: Mapping[str, Mapping[str, str]],
    *,
    minimum: int,
    timeout_seconds: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    say: Callable[[str], None],
) -> None:
    """Wait until every load balancer has as many healthy instances as the fleet has at least.

    :param deployed: outputs of all stacks, by stack name.
    :param minimum: healthy instances to wait for, per region; at least one is.
    :raises SmokeError: if they are not there in time; it says what each target is.
    """
    wanted = max(1, minimum)
    groups = [values[outputs.TARGET_GROUP_ARN] for values in deployed.values() if outputs.TARGET_GROUP_ARN in values]
    if not groups:
        raise SmokeError("no stack puts out a target group, so nothing is known of the fleet; was everything deployed?")
    deadline = clock() + timeout_seconds
    for arn in groups:
        region = region_of(arn)
        while True:
            health = cloud.targets(arn, region)
            healthy = sum(state == "healthy" for state in health.values())
            if healthy >= wanted:
                say(f"{region}: {healthy} of {len(health)} instances are healthy")
                break
            if clock() >= deadline:
                listed = (
                    ", ".join(f"{target} is {state}" for target, state in sorted(health.items())) or "there is none"
                )
                raise SmokeError(
                    f"{region}: {healthy} healthy instances after {timeout_seconds:.0f} s, {wanted} are needed; "
                    f"{listed}; open a session on an instance, or read its console output"
                )
            say(f"{region}: {healthy} of {wanted} instances are healthy ...")
            sleep(PAUSE_SECONDS)


def check_page(fetch: Callable[[str], Answer], page: str, say: Callable[[str], None]) -> None:
    """Send a page through the proxy.

    :param fetch: opens an address through the proxy.
    :raises SmokeError: if it does not come back well, or comes back without having been through the proxy.
    """
    answer = fetch(page)
    good = {headers.Result.TRANSFORMED.value, headers.Result.CACHED.value}
    if answer.status != 200 or answer.result not in good:
        raise SmokeError(
            f"{page} came back with status {answer.status} and '{answer.result or 'no word of the proxy'}', "
            f"not with 200 and one of {', '.join(sorted(good))}; read the functions' newest logs"
        )
    say(f"{page} came back {answer.result}")
