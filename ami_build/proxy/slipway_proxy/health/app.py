"""The two FastAPI applications of an instance: public health pages and admin pages for the loopback interface.

They only turn findings into HTTP; no page of them holds a secret or changes anything.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import httpx
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware

from contract import routes
from contract.components import Function
from slipway_proxy.health.checks import HealthChecks, Report
from slipway_proxy.health.functions import FunctionClient
from slipway_proxy.own_pages import CERTIFICATE_HEADERS, CERTIFICATE_PATH
from slipway_proxy.runtime import Runtime

FORWARDED_HEADERS = ("content-type", "content-security-policy", "cache-control", "x-content-type-options")


def health_application(values: Runtime, checks: HealthChecks) -> FastAPI:
    """Return the application for the load balancer, and for users who want the authority's certificate."""
    app = FastAPI(title="Slipway instance", version=values.settings.version, docs_url=None, redoc_url=None)

    @app.get(routes.HEALTH)
    async def health() -> JSONResponse:
        report = await checks.report()
        return JSONResponse(_summary(values, report), status_code=200 if report.fit else 503)

    @app.get(routes.STATUS)
    async def status() -> dict[str, Any]:
        settings = asdict(values.settings)
        return _summary(values, await checks.report()) | {"region": values.region, "settings": settings}

    @app.get(CERTIFICATE_PATH)
    async def certificate() -> Response:
        try:
            pem = checks.certificate()
        except OSError as error:
            return PlainTextResponse(f"no certificate yet: {error.strerror}; run slipway-boot\n", status_code=503)
        return Response(pem, headers=CERTIFICATE_HEADERS)

    return app


def admin_application(values: Runtime, functions: FunctionClient, hosts: list[str]) -> FastAPI:
    """Return the application that shows the dashboard to whoever can reach the loopback interface.

    :param hosts: names by which it may be asked; others are refused, since a web page could make a browser that has a
        tunnel to this port ask under a name of its own (DNS rebinding).
    """
    app = FastAPI(title="Slipway admin", version=values.settings.version, docs_url=None, redoc_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts)

    @app.get("/")
    async def start() -> RedirectResponse:
        return RedirectResponse(routes.DASHBOARD)

    @app.get(routes.DASHBOARD)
    async def dashboard() -> Response:
        return await _forward(functions, routes.DASHBOARD)

    @app.get(routes.READ_STATISTICS)
    async def statistics() -> Response:
        return await _forward(functions, routes.READ_STATISTICS)

    return app


async def _forward(functions: FunctionClient, path: str) -> Response:
    try:
        answer = await functions.get(Function.PROXY_MANAGEMENT, path)
    except httpx.HTTPError as error:
        return PlainTextResponse(
            f"the proxy-management function cannot be reached: {str(error) or type(error).__name__}\n", status_code=502
        )
    headers = {name: answer.headers[name] for name in FORWARDED_HEADERS if name in answer.headers}
    return Response(answer.content, status_code=answer.status_code, headers=headers)


def _summary(values: Runtime, report: Report) -> dict[str, Any]:
    degraded = report.fit and not all(check.ok for check in report.checks.values())
    return {
        "status": "degraded" if degraded else "ok" if report.fit else "unfit",
        "service": "proxy",
        "version": values.settings.version,
        "environment": values.settings.environment,
        "instance_id": values.instance_id,
        "checks": {name: asdict(check) for name, check in report.checks.items()},
    }
