"""The two FastAPI applications of an instance: public health pages and admin pages for the loopback interface.

They only turn findings into HTTP, and hand on what the dashboard is asked; no page of their own holds a secret or
changes anything.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware

from contract import routes
from slipway_proxy.health.checks import HealthChecks, Report
from slipway_proxy.health.forwarding import forward
from slipway_proxy.health.functions import FunctionClient
from slipway_proxy.own_pages import CERTIFICATE_HEADERS, CERTIFICATE_PATH
from slipway_proxy.runtime import Runtime


def health_application(values: Runtime, checks: HealthChecks) -> FastAPI:
    """Return the application for the load balancer, and for users who want the authority's certificate."""
    app = FastAPI(title="Slipway instance", version=values.settings.version, openapi_url=None)

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
    app = FastAPI(title="Slipway admin", version=values.settings.version, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts)

    @app.get("/")
    async def start() -> RedirectResponse:
        return RedirectResponse(routes.DASHBOARD)

    @app.get(routes.DASHBOARD)
    @app.get(f"{routes.DASHBOARD}/{{page:path}}")
    @app.post(f"{routes.DASHBOARD}/{{page:path}}")
    @app.get(routes.READ_STATISTICS)
    @app.get(routes.FLEET_SETTINGS)
    @app.get(routes.FLEET_SETTINGS_HISTORY)
    async def dashboard(request: Request) -> Response:
        return await forward(functions, request)

    return app


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
