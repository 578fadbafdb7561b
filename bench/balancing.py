"""`python -m bench.balancing`: what the embedded AWS's load balancer costs, against connections without one.

Server and load balancer run in processes of their own, as they do beside a deployed platform.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import socket
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection

from rich.console import Console

from bench import report
from bench.measure import BenchmarkError, Trial, compare, interleave
from bench.report import Section
from emulator.balancer.health import HEALTHY
from emulator.balancer.plan import Check, Listener, LoadBalancer, Plan, Target, TargetGroup
from emulator.balancer.thread import Balancer

ROUNDS = 7
TRANSFER_BYTES = 1 << 27
CONNECTIONS = 500
DIRECT, BALANCED = "without one", "through the load balancer"
START_SECONDS = 20.0

Place = tuple[str, int]


def measure(
    rounds: int,
    say: Callable[[str], None],
    transfer_bytes: int = TRANSFER_BYTES,
    connections: int = CONNECTIONS,
) -> list[Section]:
    """Measure bytes and connections through a load balancer.

    :param transfer_bytes: size of one transfer.
    :param connections: number of connections of one trial.
    :raises BenchmarkError: if the load balancer does not start.
    """
    with _process(_serve) as target, _process(_balance, target) as balanced:
        places = {DIRECT: target, BALANCED: balanced}
        transfers = {name: partial(_ask, place, transfer_bytes) for name, place in places.items()}
        visits = {name: partial(_ask_often, place, connections) for name, place in places.items()}
        return [
            _section(f"{transfer_bytes >> 20} MiB over one connection", transfers, rounds, say),
            _section(f"{connections} connections, one after another, of one byte each", visits, rounds, say),
        ]


def _section(title: str, trials: Mapping[str, Trial], rounds: int, say: Callable[[str], None]) -> Section:
    seconds = interleave(trials, rounds, say)
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    note = f"Medians: {BALANCED} {middle[BALANCED]:.3f} s, {DIRECT} {middle[DIRECT]:.3f} s."
    return Section(title, note, (compare(seconds, BALANCED, DIRECT),))


def _ask_often(place: Place, times: int) -> float:
    return sum(_ask(place, 1) for _ in range(times))


def _ask(place: Place, count: int) -> float:
    """Have the server send some bytes; return the seconds from connecting to the end."""
    buffer = bytearray(1 << 18)
    began = time.perf_counter()
    with socket.create_connection(place) as connection:
        connection.sendall(count.to_bytes(8))
        left = count
        while received := connection.recv_into(buffer):
            left -= received
    if left:
        raise BenchmarkError(f"{left} of {count} bytes did not arrive")
    return time.perf_counter() - began


@contextmanager
def _process(work: Callable[..., None], *arguments: Place) -> Iterator[Place]:
    """Run a server in a process of its own; it tells its place and ends when asked to."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=work, args=(there, *arguments), daemon=True)
    process.start()
    try:
        if not here.poll(START_SECONDS):
            raise BenchmarkError(f"a server did not start within {START_SECONDS:.0f} s; next: run this again")
        place: Place = here.recv()
        yield place
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Connection) -> None:
    """Send as many bytes as the eight bytes say that come first."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = int.from_bytes(await reader.read(8))  # nothing, from a health check
        chunk = bytes(1 << 18)
        while left:
            writer.write(chunk[: min(left, len(chunk))])
            left -= min(left, len(chunk))
            await writer.drain()
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
        pipe.send(server.sockets[0].getsockname())
        await server.serve_forever()

    asyncio.run(serve())


def _balance(pipe: Connection, target: Place) -> None:
    """Balance connections to one target."""
    check = Check(None, None, False, "200", 30, 5, 1, 2)
    group = TargetGroup("group", check, (Target("target", target[1], target[0]),))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    balancer = Balancer()
    balancer.start()
    balancer.apply(Plan((group,), (LoadBalancer("bench", (Listener("listener", port, "group", 350),)),)))
    while (found := balancer.report("bench")) is None or balancer.health(group.key(group.targets[0])) != HEALTHY:
        time.sleep(0.01)
    pipe.send((found.place.address, found.place.ports[port]))
    pipe.recv()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.balancing", description="Measure the local load balancer.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds of each comparison (%(default)s)")
    options = parser.parse_args(arguments)
    talk = Console(stderr=True, highlight=False)
    try:
        with talk.status("measuring") as status:
            sections = measure(options.rounds, lambda text: status.update(f"measuring  [dim]{text}[/dim]"))
    except BenchmarkError as error:
        talk.print(f"[red]error:[/red] {error}", soft_wrap=True)
        return 1
    report.show(sections, Console(highlight=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
