"""Users of the dashboard, and browsers that call an application as an instance's admin port does."""

import base64
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from aws_lambda_powertools import Logger

from contract.headers import ADMIN_ORIGIN
from contract.users import DashboardAccess, PasswordHash, Users
from lambda_src.proxy_management import pages
from lambda_src.proxy_management.gate import Gate
from lambda_src.proxy_management.routes import build_application
from lambda_src.proxy_management.sessions import Sessions
from lambda_src.proxy_management.settings_history import FreshSettings, SettingsHistory
from lambda_src.proxy_management.windows import Statistics
from lambda_src.shared.settings import ServiceSettings
from tests.unit.lambda_src.proxy_management.memory import MemoryStore

NOW = datetime(2026, 11, 21, 22, 41, 30, tzinfo=UTC)
ORIGIN = "http://localhost:8082"
PASSWORD = "correct horse battery"
ALICE = PasswordHash.of(PASSWORD, cost=(1, 1, 1))
ACCESS = DashboardAccess(Users({"alice": ALICE}), "k" * 64)


class Board:
    """An application with a dashboard, whose clock and users a test changes."""

    def __init__(self, environment="test"):
        self.now = NOW
        self.access = ACCESS
        self.statistics = MemoryStore()
        self.history = SettingsHistory(MemoryStore())
        self.log = io.StringIO()
        told = ServiceSettings("proxy-management", "1", environment)
        self.gate = Gate(Sessions(self._access, self._seconds), environment)
        read = Statistics(self.statistics, timedelta(seconds=5))
        self.app = build_application(
            told, read, self.history, FreshSettings(self.history, self._seconds),
            clock=lambda: self.now, identify=self.gate.identify,
            logger=Logger(service=f"board-{id(self)}", stream=self.log),
        )  # fmt: skip
        pages.register(
            self.app, told, statistics=read, history=self.history, gate=self.gate, clock=lambda: self.now,
            default_mode="xxx-random",
        )  # fmt: skip

    def _access(self):
        if isinstance(self.access, Exception):
            raise self.access
        return self.access

    def _seconds(self):
        return self.now.timestamp()

    def users(self, **proofs):
        self.access = replace(self.access, users=Users(proofs))


class Reply:
    def __init__(self, reply):
        self.status = reply["statusCode"]
        self.headers = {name.lower(): value for name, value in reply["headers"].items()}
        self.text = reply["body"] or ""
        self.cookies = reply.get("cookies") or []

    def form_token(self):
        return re.search(r'name="form-token" value="([^"]*)"', self.text)[1]


class BrowserOf:
    """Keeps cookies, and sends what browsers send; `origin` is where it is, None for a program that says nothing."""

    def __init__(self, board, origin=ORIGIN):
        self.board = board
        self.origin = origin
        self.cookies = {}

    def get(self, path, **headers):
        return self._ask("GET", path, "", headers)

    def post(self, path, fields, **headers):
        given = {"content-type": "application/x-www-form-urlencoded", "origin": self.origin or ""}
        body = fields if isinstance(fields, str | bytes) else urlencode(fields)
        return self._ask(
            "POST", path, body, {**given, **{name.replace("_", "-"): each for name, each in headers.items()}}
        )

    def sign_in(self, name="alice", password=PASSWORD, **fields):
        token = self.get("/dashboard/sign-in").form_token()
        return self.post("/dashboard/sign-in", {"form-token": token, "name": name, "password": password, **fields})

    def sign_out(self):
        return self.post("/dashboard/sign-out", {"form-token": self.get("/dashboard").form_token()})

    def _ask(self, method, path, body, headers):
        path, _, query = path.partition("?")
        own = {ADMIN_ORIGIN: self.origin} if self.origin else {}
        event = {
            "rawPath": path,
            "rawQueryString": query,
            "queryStringParameters": dict(each.split("=") for each in query.split("&")) if query else None,
            "headers": {**own, **headers},
            "cookies": [f"{name}={value}" for name, value in self.cookies.items()],
            "requestContext": {
                "domainName": "id.lambda-url.eu-west-1.on.aws",
                "http": {"method": method, "path": path},
                "requestId": "1",
                "stage": "$default",
                "authorizer": {"iam": {"userArn": "arn:aws:sts::123456789012:assumed-role/instance/i-1"}},
            },
            "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
            "isBase64Encoded": isinstance(body, bytes),
        }
        reply = Reply(self.board.app(event, None))
        for text in reply.cookies:
            for name, morsel in SimpleCookie(text).items():
                self.cookies.pop(name, None)
                if morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value
        return reply
