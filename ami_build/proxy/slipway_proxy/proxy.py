"""`python -m slipway_proxy.proxy`: the intercepting proxy's process.

Wires mitmproxy with only the stock addons that an explicit proxy needs (that halves the cost of a request) and ours.
It must start nothing that is not in :func:`build`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path

from mitmproxy import options
from mitmproxy.addons import core, disable_h2c, errorcheck, next_layer, proxyserver, tlsconfig
from mitmproxy.master import Master

from slipway_proxy import runtime
from slipway_proxy.addon import SlipwayAddon
from slipway_proxy.runtime import Runtime, RuntimeFolderError


def build(values: Runtime, directory: Path, listen_address: str) -> Master:
    """Return mitmproxy's master, ready to run on the current event loop."""
    master = Master(options.Options(), with_termlog=True)
    master.addons.add(
        core.Core(),
        SlipwayAddon(values),
        disable_h2c.DisableH2C(),
        proxyserver.Proxyserver(),
        next_layer.NextLayer(),
        tlsconfig.TlsConfig(),
        errorcheck.ErrorCheck(repeat_errors_on_stderr=True),
    )
    master.options.update(
        confdir=str(directory),
        listen_host=listen_address,
        listen_port=values.settings.proxy_port,
        rawtcp=False,
    )
    return master


async def serve(values: Runtime, directory: Path, listen_address: str) -> None:
    """Run the proxy until it is told to stop."""
    await build(values, directory, listen_address).run()


def main() -> int:
    """Run; return the exit status."""
    directory = runtime.directory_from(os.environ)
    logging.getLogger().setLevel(logging.INFO)
    try:
        values = Runtime.read(directory)
        asyncio.run(serve(values, directory, os.environ.get(runtime.LISTEN_ADDRESS) or "0.0.0.0"))  # noqa: S104
    except RuntimeFolderError as error:
        sys.stderr.write(f"slipway-proxy: error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
