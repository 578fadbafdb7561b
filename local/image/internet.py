"""All that an instance reaches beside AWS's services, in one process: the metadata service, the functions, a web site.

    python -m local.image.internet CERTIFICATE INSTANCE-ID

It runs in the network of the instance, which has these addresses and leads nowhere else. The public ones are anybody's:
the proxy and its firewall let only public ones be reached. Its functions say that they are healthy and do nothing else,
which is what an instance needs to come into service.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from pathlib import Path

from aiohttp import web

INSTANCE = "10.0.0.10"
METADATA = "169.254.169.254"
ORIGIN = "9.9.9.9"
FUNCTIONS = "9.9.9.10"
ADDRESSES = (INSTANCE, METADATA, ORIGIN, FUNCTIONS)
FUNCTIONS_URL = f"http://{FUNCTIONS}/f/"
PAGES = Path(__file__).resolve().parents[1] / "pages"
READY = "ready"
"""The line that is printed once everything can be reached."""

TOKEN = "token"  # noqa: S105 - a stand-in's
ROLE = {
    "Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "s", "Token": "t",
    "Expiration": "2999-01-01T00:00:00Z", "LastUpdated": "2020-01-01T00:00:00Z",
}  # fmt: skip


async def _token(_request: web.Request) -> web.Response:
    return web.Response(text=TOKEN)


def metadata(instance_id: str) -> web.Application:
    """Return the metadata service, of which an instance asks who it is and for its role's credentials."""
    about = {
        "instance-id": instance_id,
        "placement/region": "us-east-1",
        "iam/security-credentials/": "role",
        "iam/security-credentials/role": json.dumps(ROLE),
    }

    async def answer(request: web.Request) -> web.Response:
        if request.headers.get("X-aws-ec2-metadata-token") != TOKEN:
            return web.Response(status=401)
        found = about.get(request.match_info["path"])
        return web.Response(status=404 if found is None else 200, text=found or "")

    app = web.Application()
    app.router.add_put("/latest/api/token", _token)
    app.router.add_get("/latest/meta-data/{path:.*}", answer)
    return app


async def _healthy(_request: web.Request) -> web.Response:
    return web.json_response({"status": "healthy"})


def healthy(functions: web.Application) -> web.Application:
    """Let functions answer that they are healthy, too; return them."""
    functions.router.add_get("/f/info/health", _healthy)
    return functions


def site() -> web.Application:
    """Return the web site, which has the pages that this project keeps to try itself on."""
    app = web.Application()
    app.router.add_static("/", PAGES)
    return app


async def serve(certificate: Path, instance_id: str, functions: web.Application) -> None:
    """Serve all of it without end.

    :param certificate: PEM file of the web site, with its key.
    :param instance_id: who the instance is.
    """
    secure = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secure.load_cert_chain(certificate)
    for app, address, context in (
        (metadata(instance_id), METADATA, None),
        (healthy(functions), FUNCTIONS, None),
        (site(), ORIGIN, None),
        (site(), ORIGIN, secure),
    ):
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, address, 443 if context else 80, ssl_context=context).start()
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2], web.Application()))
