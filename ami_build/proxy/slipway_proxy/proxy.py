"""`python -m slipway_proxy.proxy NUMBER`: one process of the intercepting proxy.

Wires mitmproxy with only the stock addons that an explicit proxy needs (that halves the cost of a request) and ours.
The one place of the proxy that reads the environment.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import aiohttp
import botocore.session
from mitmproxy import options
from mitmproxy.addons import core, disable_h2c, errorcheck, next_layer, proxyserver, tlsconfig
from mitmproxy.master import Master
from mitmproxy.proxy.mode_specs import ProxyMode

from contract.modes import Engine, Mode
from slipway_proxy import listening, memory, runtime
from slipway_proxy.addon import SlipwayAddon
from slipway_proxy.authentication import Authentication, UserFile
from slipway_proxy.functions import FunctionCaller, PageServices
from slipway_proxy.guard import ClientGuard, DestinationGuard, Resolve, resolve
from slipway_proxy.limits import RateLimit
from slipway_proxy.management import Management
from slipway_proxy.pipeline import Pipeline
from slipway_proxy.recycling import Recycling, Turns
from slipway_proxy.runtime import Runtime, RuntimeFolderError
from slipway_proxy.signing import Signer
from slipway_proxy.statistics import Reporter, Statistics
from slipway_proxy.steering import Steering

TRUST_STORE_VARIABLE = "SSL_CERT_FILE"
SYSTEM_TRUST_STORE = "/etc/ssl/certs/ca-certificates.crt"
CONNECTIONS_TO_FUNCTIONS = 256
# Shorter than the time after which the function URLs' front end closes an idle connection.
IDLE_CONNECTION_SECONDS = 30.0
RESOLVER_THREADS = 64
# A page may need some hundred requests at once.
BURST_SECONDS = 5
DRAIN_SECONDS = 20.0
HANG_UP_SECONDS = 2.0
# Nobody is in a hurry when a process makes way for its successor; slow readers get all of what they asked for.
LEAVE_SECONDS = 300.0
# Whoever has just come in gets time to ask for something.
SILENCE_SECONDS = 10.0
FAREWELL_SECONDS = 3.0
POLL_SECONDS = 0.1
TURNS = 20


def build_steering(values: Runtime, directory: Path, number: int) -> Steering:
    """Return what holds where a request says nothing, as the processes before this one knew it.

    :param directory: runtime folder.
    :param number: that of this process among those of the instance, from 1.
    """
    settings = values.settings
    return Steering(
        default_mode=Mode(settings.default_mode),
        allowed_hosts=settings.allowed_destination_hosts,
        blocked_hosts=settings.blocked_destination_hosts,
        known=runtime.kept_fleet_settings(directory),
        keep=partial(runtime.keep_fleet_settings, directory, number),
    )


def build_addon(
    values: Runtime,
    services: PageServices,
    statistics: Statistics,
    steering: Steering,
    directory: Path,
    listen_address: str,
    resolver: Resolve = resolve,
) -> SlipwayAddon:
    """Return our hooks for these settings.

    :param directory: runtime folder.
    :raises RuntimeFolderError: if it lacks the authority's certificate.
    """
    settings = values.settings
    users = UserFile(directory / runtime.USERS_FILE)
    return SlipwayAddon(
        pipeline=Pipeline(
            services,
            version=settings.version,
            budget_seconds=settings.function_timeout_seconds,
            ttl_seconds=settings.cache_ttl_seconds,
        ),
        statistics=statistics,
        clients=ClientGuard(settings.allowed_client_networks),
        destinations=DestinationGuard(
            ports=settings.allowed_destination_ports,
            networks=settings.allowed_destination_networks,
            own_addresses={listen_address, *local_addresses()},
            own_ports=(settings.proxy_port, settings.health_port, settings.admin_port),
            refusal_of_name=steering.refusal_of_name,
            resolver=resolver,
        ),
        steering=steering,
        engines=[Engine(engine) for engine in settings.engines],
        max_page_bytes=settings.max_page_bytes,
        fail_closed=settings.fail_closed,
        certificate=runtime.read_certificate(directory),
        authentication=(
            Authentication(users.users, settings.authentication_failures_per_minute)
            if settings.authentication_required
            else None
        ),
        requests=RateLimit(settings.client_requests_per_second, settings.client_requests_per_second * BURST_SECONDS),
    )


def build_master(
    values: Runtime, addon: SlipwayAddon, directory: Path, number: int, listen_address: str, trust_store: str | None
) -> Master:
    """Return mitmproxy's master, ready to run on the current event loop.

    :param number: that of this process among those of the instance, from 1.
    """
    master = Master(options.Options(), with_termlog=True)
    # Our addon stands before the one that opens connections, so that ours decides first.
    master.addons.add(  # type: ignore[no-untyped-call]
        core.Core(),
        addon,
        disable_h2c.DisableH2C(),
        proxyserver.Proxyserver(),  # type: ignore[no-untyped-call]
        next_layer.NextLayer(),
        tlsconfig.TlsConfig(),
        errorcheck.ErrorCheck(repeat_errors_on_stderr=True),
        listening.Announcement(directory / runtime.port_file(number)),
    )
    master.options.update(  # type: ignore[no-untyped-call]
        confdir=str(directory),
        mode=listening.MODES,
        listen_host=listen_address,
        listen_port=values.settings.proxy_port,
        rawtcp=False,
        ssl_verify_upstream_trusted_ca=trust_store,
        stream_large_bodies=str(values.settings.max_page_bytes),
        # Addresses of clients and pages that they read are nobody's business.
        termlog_verbosity="warn",
    )
    return master


async def serve(directory: Path, number: int, listen_address: str, trust_store: str | None) -> None:
    """Run the proxy until SIGTERM or SIGINT, then let running flows finish.

    :raises RuntimeFolderError: if the boot step has not written everything.
    """
    values = Runtime.read(directory)
    # Names are resolved in threads; the few that asyncio starts by default would let slow names hold up all others.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(RESOLVER_THREADS))
    statistics = Statistics(time.time)
    signer = Signer(botocore.session.get_session().get_credentials, values.region)
    connector = aiohttp.TCPConnector(limit=CONNECTIONS_TO_FUNCTIONS, keepalive_timeout=IDLE_CONNECTION_SECONDS)
    async with aiohttp.ClientSession(connector=connector) as session:
        services = PageServices(FunctionCaller(session, signer, values.functions))
        steering = build_steering(values, directory, number)
        addon = build_addon(values, services, statistics, steering, directory, listen_address)
        master = build_master(values, addon, directory, number, listen_address, trust_store)
        management = Management(services, steering, instance_id=values.instance_id, process_id=uuid.uuid4().hex)
        reporter = Reporter(
            statistics, lambda sequence, cells, last: management.report(sequence, cells, addon, last=last)
        )
        recycling = Recycling(
            limit_bytes=values.process_memory_bytes,
            resident=memory.resident,
            turns=Turns(directory, number, values.processes),
            leave=lambda: leave(master, addon),
            statistics=statistics,
        )
        await management.fetch()
        interval = values.settings.statistics_interval_seconds
        tasks = [asyncio.create_task(work.run(interval)) for work in (reporter, recycling)]
        stop_on_signal(master, addon)
        freeze()
        try:
            await master.run()
        finally:
            for task in tasks:
                task.cancel()
            await addon.close(FAREWELL_SECONDS)
            await reporter.finish()


def stop_on_signal(master: Master, addon: SlipwayAddon) -> None:
    """Drain when the process is told to end."""
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    def stop() -> None:
        if not tasks:
            tasks.add(loop.create_task(drain(master, addon)))

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)


async def drain(master: Master, addon: SlipwayAddon) -> None:
    """End with the instance: fail the health check, and be quick."""
    addon.draining = True
    await finish(master, addon, keep=[], silence=0.0, most=DRAIN_SECONDS, hang_up_seconds=HANG_UP_SECONDS)


async def leave(master: Master, addon: SlipwayAddon) -> None:
    """Make way for a successor: the health check goes on, and there is time."""
    own = ProxyMode.parse(listening.OWN)
    await finish(master, addon, keep=[own], silence=SILENCE_SECONDS, most=LEAVE_SECONDS, hang_up_seconds=LEAVE_SECONDS)


async def finish(
    master: Master, addon: SlipwayAddon, *, keep: list[ProxyMode], silence: float, most: float, hang_up_seconds: float
) -> None:
    """Take no new clients, let running flows finish, and stop.

    :param keep: where to go on listening meanwhile.
    :param silence: the longest time, in seconds, to wait for the first requests of those who are there.
    :param most: the longest time, in seconds, that flows may take.
    :param hang_up_seconds: the longest time that the last bytes may take.
    """
    addon.leaving = True
    server: proxyserver.Proxyserver = master.addons.get("proxyserver")  # type: ignore[no-untyped-call]
    await server.servers.update(keep)
    waited = 0.0
    while (waited < silence and addon.connections.silent) or (waited < most and not await has_finished(addon)):
        await asyncio.sleep(POLL_SECONDS)
        waited += POLL_SECONDS
    await hang_up(server, hang_up_seconds)
    master.shutdown()  # type: ignore[no-untyped-call]


async def has_finished(addon: SlipwayAddon) -> bool:
    """Tell whether no flow runs, and the last bytes of those that ran have been handed to their connections.

    Our hook, which hears of the end of a flow, comes before these bytes, by some turns of the event loop.
    """
    for _ in range(TURNS):
        if addon.running_flows:
            return False
        await asyncio.sleep(0)
    return True


async def hang_up(server: proxyserver.Proxyserver, seconds: float) -> None:
    """Close all connections, after the last bytes have left, and wait until they are.

    :param seconds: the longest time to wait.
    """
    leaving = dict(server.connections)
    for handler in leaving.values():
        for end in list(handler.transports.values()):
            if isinstance(end.writer, asyncio.StreamWriter):
                end.writer.close()
    waited = 0.0
    # Health checks may still come, and wait for nobody.
    while leaving.keys() & server.connections.keys() and waited < seconds:
        await asyncio.sleep(POLL_SECONDS)
        waited += POLL_SECONDS


def freeze() -> None:
    """Spare the garbage collector everything that start-up made, which never goes away; pauses get shorter."""
    gc.collect()
    gc.freeze()


def local_addresses() -> set[str]:
    """Return this machine's addresses as far as its own name leads to them."""
    try:
        return {str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None)}
    except OSError:
        return set()


def trust_store_from(environment: str | None) -> str | None:
    """Return the file with the authorities to trust upstream; None means the ones that certifi brings."""
    if environment:
        return environment
    return SYSTEM_TRUST_STORE if Path(SYSTEM_TRUST_STORE).exists() else None


def main(arguments: Sequence[str]) -> int:
    """Run; return the exit status."""
    parser = argparse.ArgumentParser(prog="slipway-proxy", description="one process of the intercepting proxy")
    parser.add_argument("number", type=int, metavar="NUMBER", help="which of the instance's processes it is, from 1")
    number = parser.parse_args(arguments).number
    directory = runtime.directory_from(os.environ)
    logging.getLogger().setLevel(logging.INFO)
    listen_address = os.environ.get(runtime.LISTEN_ADDRESS) or "0.0.0.0"  # noqa: S104
    try:
        asyncio.run(serve(directory, number, listen_address, trust_store_from(os.environ.get(TRUST_STORE_VARIABLE))))
    except RuntimeFolderError as error:
        sys.stderr.write(f"slipway-proxy: error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
