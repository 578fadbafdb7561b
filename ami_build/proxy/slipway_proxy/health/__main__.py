"""`python -m slipway_proxy.health`: look after the instance: serve the health and admin pages, and see to its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import boto3
import httpx
import uvicorn
from botocore.config import Config
from fastapi import FastAPI

from contract.lifecycle import DRAINING_HOOK, LAUNCHING_HOOK
from slipway_proxy import runtime
from slipway_proxy.group import OwnGroup
from slipway_proxy.health.app import admin_application, health_application
from slipway_proxy.health.checks import HealthChecks
from slipway_proxy.health.drain import Drain, ending
from slipway_proxy.health.functions import FunctionClient, no_cookies
from slipway_proxy.health.launch import Launch
from slipway_proxy.health.processes import ProxyProcesses
from slipway_proxy.health.users import UserRefresh, UserSecret
from slipway_proxy.instance import DEFAULT_ENDPOINT, ENDPOINT_VARIABLE, MetadataService
from slipway_proxy.runtime import Runtime, RuntimeFolderError
from slipway_proxy.signing import Signer

PROXY_TIMEOUT_SECONDS = 2.0
# A function that starts cold may take this long; the load balancer's own timeout decides about the check as a whole.
FUNCTION_TIMEOUT_SECONDS = 5.0
# Of AWS, whose clients would otherwise wait for minutes; whoever asks here asks again.
PATIENCE = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2})
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
LOOPBACK = "127.0.0.1"


class Server(uvicorn.Server):
    """One of two servers in a process, which therefore must leave signals to the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def serve(values: Runtime, directory: Path, environment: Mapping[str, str]) -> None:
    """Serve both applications until SIGTERM or SIGINT."""
    listen = environment.get(runtime.LISTEN_ADDRESS) or "0.0.0.0"  # noqa: S104
    admin = environment.get(runtime.ADMIN_ADDRESS) or LOOPBACK
    session = boto3.Session(region_name=values.region)
    aws = partial(session.client, config=PATIENCE)
    signer = Signer(session.get_credentials, values.region)
    group = partial(OwnGroup, aws, name=values.group, instance_id=values.instance_id)
    metadata = MetadataService(environment.get(ENDPOINT_VARIABLE) or DEFAULT_ENDPOINT)
    proxy_url = f"http://{_host(WILDCARDS.get(listen, listen))}:{values.settings.proxy_port}"
    # trust_env off: proxy variables of the environment are meant for others.
    async with (
        httpx.AsyncClient(timeout=FUNCTION_TIMEOUT_SECONDS, trust_env=False, cookies=no_cookies()) as client,
        httpx.AsyncClient(proxy=proxy_url, timeout=PROXY_TIMEOUT_SECONDS, trust_env=False) as proxy,
    ):
        functions = FunctionClient(client, signer, values.functions)
        processes = ProxyProcesses(client, directory, values.processes)
        drain = Drain(
            notice=lambda: asyncio.to_thread(ending, metadata),
            load=processes.load,
            group=group(hook=DRAINING_HOOK),
            seconds=values.settings.drain_seconds,
        )
        users = _users(values, aws, directory)
        checks = HealthChecks(
            proxy=proxy,
            processes=processes,
            leaving=lambda: drain.reason,
            users_problem=lambda: users.problem if users else "",
            functions=functions,
            directory=directory,
        )
        hosts = sorted({admin, LOOPBACK, "localhost"})
        launch = Launch(report=checks.report, group=group(hook=LAUNCHING_HOOK))
        await _run(
            [*([launch.run(), drain.run()] if values.group else []), *([users.run()] if users else [])],
            server(health_application(values, checks), listen, values.settings.health_port),
            server(admin_application(values, functions, hosts), admin, values.settings.admin_port),
        )


def _users(values: Runtime, aws: Callable[..., Any], directory: Path) -> UserRefresh | None:
    """Return what keeps the proxy's users up to date, if it has any."""
    if not (arn := values.users_secret_arn):
        return None
    region = arn.split(":")[3]
    client = cache(lambda: aws("secretsmanager", region_name=region))
    return UserRefresh(UserSecret(client, arn).read, directory / runtime.USERS_FILE)


async def _run(watchers: Iterable[Coroutine[None, None, None]], *servers: Server) -> None:
    """Run servers until told to stop, and watchers beside them; one that fails takes all with it, to be restarted."""

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(watcher) for watcher in watchers]
        await asyncio.gather(*(server.serve() for server in servers))
        for task in tasks:
            task.cancel()


def server(app: FastAPI, address: str, port: int) -> Server:
    """Return what serves an application, of which uvicorn tells nobody, and which believes no proxy's headers."""
    config = uvicorn.Config(
        app, host=address, port=port, log_level="warning", access_log=False, proxy_headers=False, server_header=False
    )
    return Server(config)


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def main() -> int:
    """Run; return the exit status."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("slipway_proxy").setLevel(logging.INFO)
    directory = runtime.directory_from(os.environ)
    try:
        values = Runtime.read(directory)
    except RuntimeFolderError as error:
        sys.stderr.write(f"slipway-health: error: {error}\n")
        return 1
    asyncio.run(serve(values, directory, os.environ))
    return 0


if __name__ == "__main__":
    sys.exit(main())
