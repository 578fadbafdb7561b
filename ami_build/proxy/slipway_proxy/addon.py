"""mitmproxy's hooks, and nothing else."""

from __future__ import annotations

from mitmproxy import http

from slipway_proxy.runtime import Runtime

CANARY_HOST = "slipway.canary"


class SlipwayAddon:
    def __init__(self, values: Runtime) -> None:
        self._values = values

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        if flow.request.host == CANARY_HOST:
            flow.response = http.Response.make(200, "ok\n", {"content-type": "text/plain"})
