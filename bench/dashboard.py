"""The dashboard of the benchmark: who may see it, and what the browser of somebody sends who has signed in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from bench.calls import Call, answered
from contract.headers import ADMIN_ORIGIN
from contract.modes import Mode
from contract.users import DashboardAccess, PasswordHash, Users
from lambda_src.proxy_management import pages, rendering
from lambda_src.proxy_management.gate import FORM_TYPE, Gate
from lambda_src.proxy_management.sessions import Sessions
from lambda_src.proxy_management.settings_history import SettingsHistory
from lambda_src.proxy_management.windows import Statistics
from lambda_src.shared.application import Application
from lambda_src.shared.settings import ServiceSettings

NAME, PASSWORD = "measured", "correct horse battery"
CHEAPEST = (1, 1, 1)
"""Cost of the password's hash: its own time is not what is measured."""

ORIGIN = "http://localhost:8082"
_TOKEN = re.compile(r'name="form-token" value="([^"]*)"')


def register(
    app: Application,
    settings: ServiceSettings,
    statistics: Statistics,
    history: SettingsHistory,
    clock: Callable[[], datetime],
) -> None:
    """Add the dashboard to an application, for one user."""
    access = DashboardAccess(Users({NAME: PasswordHash.of(PASSWORD, cost=CHEAPEST)}), "k" * 64)
    gate = Gate(Sessions(lambda: access, lambda: clock().timestamp()), settings.environment)
    pages.register(
        app, settings, statistics=statistics, history=history, gate=gate, clock=clock, default_mode=Mode.XXX.value
    )


def calls(app: Application) -> Iterator[Call]:
    """Sign in, and yield a call of each page and form, which may be made any number of times.

    The form of settings says what holds already, once :data:`contract.routes.FLEET_SETTINGS` was changed.
    """
    form = Call("GET", pages.SIGN_IN)
    shown = answered(app, form)
    sign_in = _post(pages.SIGN_IN, shown, HTTPStatus.SEE_OTHER, {"name": NAME, "password": PASSWORD})
    sign_in = replace(sign_in, cookies=_cookies(shown))
    cookies = _cookies(answered(app, sign_in))
    overview = answered(app, Call("GET", "/dashboard", cookies=cookies))
    yield form
    yield sign_in
    for _, path, _ in pages.PAGES:
        yield Call("GET", path, cookies=cookies)
    settings = {"base": "1", "default-mode": Mode.XXX.value}
    yield replace(_post("/dashboard/settings", overview, HTTPStatus.OK, settings), cookies=cookies)
    yield replace(_post("/dashboard/sign-out", overview, HTTPStatus.SEE_OTHER, {}), cookies=cookies)
    name = next(iter(rendering.static_files().values())).name
    yield Call("GET", "/dashboard/static/{name}", {"name": name})


def _post(path: str, shown: Mapping[str, Any], status: HTTPStatus, fields: Mapping[str, str]) -> Call:
    """Return what sends the form of a page."""
    found = _TOKEN.search(shown["body"])
    body = urlencode({"form-token": found[1] if found else "", **fields}).encode()
    headers = {"content-type": FORM_TYPE, "origin": ORIGIN, ADMIN_ORIGIN: ORIGIN}
    return Call("POST", path, body=body, headers=headers, status=status)


def _cookies(reply: Mapping[str, Any]) -> tuple[str, ...]:
    """Return those that a browser would send back."""
    return tuple(text.partition(";")[0] for text in reply["cookies"] if "Max-Age=0" not in text)
