"""Load balancers as a plan wants them: with listeners, healthy targets, and an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from emulator.balancer.balancer import Balancing
from emulator.balancer.plan import Listener, LoadBalancer, Plan, Target, TargetGroup
from tests.unit.emulator.balancer.test_checker import QUICK, until
from tests.unit.emulator.balancer.test_places import free_port

__all__ = ["free_port"]
ARN = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/test/0123456789abcdef"
CONNECTS = replace(QUICK, path=None)


class Named:
    """A server that sends its name to whoever connects, then waits for the end."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(self.name.encode() + b"\n")
            await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.close()

    @property
    def target(self) -> Target:
        return Target(self.name, self.port, "127.0.0.1")

    def stop(self) -> None:
        self._server.close()


@pytest.fixture
async def servers():
    made = Named("a"), Named("b")
    for server in made:
        await server.start()
    yield made
    for server in made:
        server.stop()


@pytest.fixture
async def balancing() -> AsyncIterator[Balancing]:
    made = Balancing()
    yield made
    await made.close()


def plan(port: int, *targets: Target, keeps_unhealthy: bool = False) -> Plan:
    group = TargetGroup("group", CONNECTS, targets, keeps_unhealthy)
    return Plan((group,), (LoadBalancer(ARN, (Listener("listener", port, "group", 60),)),))


class Client:
    """Connections through a load balancer."""

    def __init__(self, balancing: Balancing, port: int, stack: AsyncExitStack) -> None:
        self._balancing = balancing
        self._port = port
        self._stack = stack

    async def connect(self) -> tuple[str, asyncio.StreamReader]:
        """Connect, and return the name of the target and the connection."""
        report = self._balancing.report(ARN)
        assert report is not None
        reader, writer = await asyncio.open_connection(report.place.address, report.place.ports[self._port])
        self._stack.callback(writer.close)
        return (await reader.readline()).decode().strip(), reader


@pytest.fixture
async def client(balancing, free_port):
    async with AsyncExitStack() as stack:
        yield Client(balancing, free_port, stack)


def state(balancing: Balancing, target: Target) -> str:
    health = balancing.checker.health(("group", target.identifier, target.port))
    return health.state if health else ""


async def all_healthy(balancing: Balancing, *targets: Target) -> None:
    await until(lambda: all(state(balancing, target) == "healthy" for target in targets))


async def test_connections_are_shared_among_the_healthy(balancing, client, servers, free_port):
    targets = [server.target for server in servers]
    await balancing.apply(plan(free_port, *targets))
    await all_healthy(balancing, *targets)

    assert sorted([(await client.connect())[0] for _ in range(4)]) == ["a", "a", "b", "b"]
    assert balancing.report(ARN).active_flows == 4
    assert balancing.report(ARN).place.ports == {free_port: free_port}


async def test_target_that_fails_loses_its_connections_and_another_gets_the_new_ones(
    balancing, client, servers, free_port
):
    targets = [server.target for server in servers]
    await balancing.apply(plan(free_port, *targets))
    await all_healthy(balancing, *targets)
    connections = dict([await client.connect() for _ in range(2)])

    servers[0].stop()
    await until(lambda: state(balancing, targets[0]) == "unhealthy")

    with pytest.raises(ConnectionResetError):
        await connections["a"].read()
    assert [(await client.connect())[0] for _ in range(2)] == ["b", "b"]
    assert balancing.report(ARN).active_flows == 3


async def test_connections_to_a_target_that_fails_go_on_if_its_group_says_so(balancing, client, servers, free_port):
    target = servers[0].target
    await balancing.apply(plan(free_port, target, keeps_unhealthy=True))
    await all_healthy(balancing, target)
    await client.connect()

    servers[0].stop()
    await until(lambda: state(balancing, target) == "unhealthy")

    assert balancing.report(ARN).active_flows == 1


async def test_target_that_leaves_keeps_its_connections_and_gets_no_new_ones(balancing, client, servers, free_port):
    targets = [server.target for server in servers]
    await balancing.apply(plan(free_port, *targets))
    await all_healthy(balancing, *targets)
    await client.connect()
    await client.connect()

    await balancing.apply(plan(free_port, targets[1]))

    assert [(await client.connect())[0] for _ in range(2)] == ["b", "b"]
    assert balancing.report(ARN).active_flows == 4
    assert not balancing.router.is_idle(("group", "a", targets[0].port))


async def test_new_listener_opens_and_a_removed_one_closes(balancing, client, servers, free_port):
    target = servers[0].target
    await balancing.apply(plan(free_port, target))
    place = balancing.report(ARN).place
    other = LoadBalancer(ARN, (Listener("other", target.port, "group", 60),))

    await balancing.apply(Plan(plan(free_port, target).groups, (other,)))

    assert balancing.report(ARN).place.address == place.address
    assert balancing.report(ARN).place.ports == {target.port: target.port}
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(place.address, free_port)


async def test_load_balancer_that_is_gone_listens_no_more(balancing, servers, free_port):
    await balancing.apply(plan(free_port, servers[0].target))
    place = balancing.report(ARN).place

    await balancing.apply(Plan())

    assert balancing.report(ARN) is None
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(place.address, free_port)
