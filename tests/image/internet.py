"""All that an instance reaches beside AWS's services, in one process: the metadata service, the functions, a web site.

It runs in the network of the machine under test, which has these addresses and leads nowhere else. The public ones are
anybody's: the proxy and its firewall let only public ones be reached.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from pathlib import Path

from aiohttp import web

from tests.proxy.services import FakeFunctions

INSTANCE = "10.0.0.10"
METADATA = "169.254.169.254"
ORIGIN = "9.9.9.9"
FUNCTIONS = "9.9.9.10"
PAGES = Path(__file__).resolve().parents[2] / "local" / "pages"

ABOUT = {
    "instance-id": "i-0123456789abcdef0",
    "placement/region": "us-east-1",
    "iam/security-credentials/": "role",
    "iam/security-credentials/role": json.dumps(
        {
            "Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "s",
            "Token": "t", "Expiration": "2999-01-01T00:00:00Z", "LastUpdated": "2020-01-01T00:00:00Z",
        }
    ),
}  # fmt: skip


async def _token(_request: web.Request) -> web.Response:
    return web.Response(text="token")


async def _about(request: web.Request) -> web.Response:
    if request.headers.get("X-aws-ec2-metadata-token") != "token":
        return web.Response(status=401)
    found = ABOUT.get(request.match_info["path"])
    return web.Response(status=200 if found else 404, text=found or "")


def _metadata() -> web.Application:
    app = web.Application()
    app.router.add_put("/latest/api/token", _token)
    app.router.add_get("/latest/meta-data/{path:.*}", _about)
    return app


async def _healthy(_request: web.Request) -> web.Response:
    return web.json_response({"status": "healthy"})


def _functions() -> web.Application:
    app = FakeFunctions().application()
    app.router.add_get("/f/info/health", _healthy)
    return app


def _site() -> web.Application:
    app = web.Application()
    app.router.add_static("/", PAGES)
    return app


async def _serve(certificate: Path) -> None:
    secure = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secure.load_cert_chain(certificate)
    for app, address, context in (
        (_metadata(), METADATA, None),
        (_functions(), FUNCTIONS, None),
        (_site(), ORIGIN, None),
        (_site(), ORIGIN, secure),
    ):
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, address, 443 if context else 80, ssl_context=context).start()
    print("ready", flush=True)  # noqa: T201, for whoever waits for it
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
