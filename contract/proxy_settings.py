"""Settings of the proxy as they travel from the CDK application, in one SSM parameter, to each instance."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from contract.modes import Engine


@dataclass(frozen=True)
class ProxySettings:
    """Everything that the proxy and the health application on an instance may be told.

    :param environment: name of the environment, for logs.
    :param version: version of the deployment; part of every cache key.
    :param default_mode: mode where a request chooses none.
    :param engines: engines that may rate texts; the first does where a request chooses none.
    :param proxy_port: TCP port of the proxy on the instance.
    :param health_port: TCP port of the health application, for the load balancer.
    :param admin_port: TCP port of the dashboard and admin pages, on the loopback interface only.
    :param processes: number of processes of the proxy on the instance; 0 for one per core, but two at least.
    :param memory_percent: share of the machine's memory that the processes together may have before one is replaced.
    :param drain_seconds: how long an instance that is about to end goes on serving after its health check has failed.
    :param function_timeout_seconds: how long the functions together may take for one page before it fails open.
    :param fail_closed: answer 502 instead of the untouched page when the functions fail.
    :param max_page_bytes: larger decoded pages pass through untouched.
    :param cache_ttl_seconds: how long a transformed page stays in the cache.
    :param statistics_interval_seconds: time between two reports of a process.
    :param allowed_client_networks: CIDR blocks whose clients are served; empty means everyone.
    :param authentication_required: whether a client must give a user's name and password.
    :param authentication_failures_per_minute: how often one client address may fail at that, in each process.
    :param client_requests_per_second: requests that one client address may make, in each process; 0 for any number.
    :param allowed_destination_networks: CIDR blocks that may be reached though they are private or loopback.
    :param allowed_destination_ports: TCP ports that may be reached.
    :param allowed_destination_hosts: names that may be reached, `*.` before one for all below it; empty means all.
    :param blocked_destination_hosts: names that may not be reached, though they are allowed.
    """

    environment: str
    version: str
    default_mode: str
    proxy_port: int
    health_port: int
    admin_port: int
    processes: int
    memory_percent: int
    drain_seconds: float
    function_timeout_seconds: float
    fail_closed: bool
    max_page_bytes: int
    cache_ttl_seconds: int
    statistics_interval_seconds: float
    allowed_client_networks: tuple[str, ...]
    authentication_required: bool
    authentication_failures_per_minute: int
    client_requests_per_second: int
    allowed_destination_networks: tuple[str, ...]
    allowed_destination_ports: tuple[int, ...]
    allowed_destination_hosts: tuple[str, ...]
    blocked_destination_hosts: tuple[str, ...]
    engines: tuple[str, ...] = (Engine.EMBEDDED.value,)

    def to_json(self) -> str:
        """Return the parameter's value; the same settings give the same text."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> ProxySettings:
        """Read what :meth:`to_json` wrote.

        :raises ValueError: if the text is no JSON object.
        :raises TypeError: if a key is missing or unknown.
        """
        match json.loads(text):
            case dict(written):
                values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in written.items()}
                return cls(**values)
            case other:
                raise ValueError(f"the proxy's settings have to be a JSON object, not {type(other).__name__}")
