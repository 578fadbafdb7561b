"""Where a process of the proxy listens: on the port that all of them share, and on one of its own for its health check.

The kernel spreads the connections of the shared port over the processes that listen (SO_REUSEPORT, see socket(7)): a
process that has ended gets none, so its clients are served by the others at once.
"""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from mitmproxy import ctx
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layer import Layer
from mitmproxy.proxy.layers.modes import HttpProxy
from mitmproxy.proxy.mode_servers import AsyncioServerInstance
from mitmproxy.proxy.mode_specs import RegularMode

from slipway_proxy.runtime import write_file

SHARED = "shared"
OWN = "regular@127.0.0.1:0"
BACKLOG = 1024
MODES = [SHARED, OWN]
"""What mitmproxy's option `mode` has to be."""


class SharedMode(RegularMode):  # type: ignore[no-untyped-call]
    """mitmproxy's mode of an explicit proxy under another name, by which it finds the class below."""


class SharedInstance(AsyncioServerInstance[SharedMode]):  # type: ignore[no-untyped-call]
    """An explicit proxy on a port on which other processes of the same user may listen, too."""

    def make_top_layer(self, context: Context) -> Layer:
        """Return what handles a connection."""
        return HttpProxy(context)

    async def listen(self, host: str, port: int) -> list[asyncio.Server]:  # type: ignore[override]
        """Listen for connections, TCP only."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=True)
        return [await asyncio.start_server(self.handle_stream, sock=self._listener)]

    async def _stop(self) -> None:
        """Listen no more, and serve whoever is waiting to be let in: the kernel would turn them away.

        For those who come in the same instant it is the kernel that has to find another process; see
        `tcp_migrate_req` in https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html.
        """
        waiting = []
        try:
            while True:
                waiting.append(self._listener.accept()[0])
        except BlockingIOError:
            await super()._stop()
        loop = asyncio.get_running_loop()
        for connection in waiting:
            connection.setblocking(False)
            await loop.connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(), self.handle_stream)


class Announcement:
    """A mitmproxy addon that writes the port of this process into a file, once it listens.

    :param file: for whoever looks after the process.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def running(self) -> None:
        """Write the file."""
        server: Proxyserver = ctx.master.addons.get("proxyserver")  # type: ignore[no-untyped-call]
        [(_, port, *_)] = server.servers[OWN].listen_addrs
        write_file(self._file, f"{port}\n", 0o644)
