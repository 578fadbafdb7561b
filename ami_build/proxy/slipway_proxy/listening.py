"""Where a process of the proxy listens: on the port that all of them share, and on one of its own for its health check.

The kernel spreads the connections of the shared port over the processes that listen (SO_REUSEPORT, see socket(7)): a
process that has ended gets none, so its clients are served by the others at once.
"""

from __future__ import annotations

import asyncio
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
        return [await asyncio.start_server(self.handle_stream, host, port, reuse_port=True)]


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
