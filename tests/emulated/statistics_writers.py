"""Processes of the proxy that count known events and report them over a bad line, each to a function of its own.

    python -m tests.emulated.statistics_writers ENDPOINT BUCKET NAME...

tells on standard output, as a line of JSON for each step, how many events each has counted before it sends a report,
and how many of them have been acknowledged. Time is simulated, and passes an hour's border.
"""

from __future__ import annotations

import asyncio
import io
import json
import random
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools import Logger
from botocore.session import get_session

from contract import routes
from contract.headers import Result
from contract.statistics import Cell, Report
from lambda_src.proxy_management.routes import build_application
from lambda_src.proxy_management.s3_store import S3ObjectStore
from lambda_src.proxy_management.settings_history import FreshSettings, SettingsHistory
from lambda_src.proxy_management.windows import Statistics as Reported
from lambda_src.shared.application import Application
from lambda_src.shared.settings import ServiceSettings
from slipway_proxy.statistics import Reporter, Statistics

BEGIN = datetime(2026, 11, 21, 21, 58, 0, tzinfo=UTC)
ROUNDS = 10
STEP = timedelta(seconds=30)
END = BEGIN + ROUNDS * STEP
INTERVAL = timedelta(seconds=5)


def host_of(name: str) -> str:
    """Return the host that all events of a writer are of, so that its count can be told from the others'."""
    return f"{name}.example.org"


def management(s3: Any, bucket: str, now: datetime) -> Application:
    """Return a function of proxy management, as one of many containers has it."""
    history = SettingsHistory(S3ObjectStore(s3, bucket, "fleet-settings"))
    reported = Reported(S3ObjectStore(s3, bucket, "statistics"), INTERVAL)
    told = ServiceSettings("proxy-management", "1", "test")
    logger = Logger(service="proxy-management", stream=io.StringIO())
    fresh = FreshSettings(history, lambda: 0.0)
    return build_application(told, reported, history, fresh, clock=lambda: now, logger=logger)


def ask(handler: Application, method: str, path: str, body: str = "", **query: str) -> dict[str, Any]:
    """Return the answer of a function."""
    http = {"method": method, "path": path}
    event = {
        "rawPath": path, "headers": {}, "body": body, "queryStringParameters": query, "isBase64Encoded": False,
        "requestContext": {"http": http, "requestId": "1", "stage": "$default"},
    }  # fmt: skip
    reply = handler(event, None)  # type: ignore[arg-type]
    assert reply["statusCode"] == 200, reply
    answer: dict[str, Any] = json.loads(reply["body"])
    return answer


class BadLine:
    """Delivers reports: well, to two functions at once, beside a later one, without an answer, or not at all."""

    def __init__(self, handlers: tuple[Application, Application], name: str, chance: random.Random) -> None:
        self._handlers = handlers
        self._path = routes.REPORT_STATISTICS.format(instance_id="i-1", process_id=name)
        self._chance = chance
        self._late: list[str] = []
        self.is_mended = False

    async def send(self, sequence: int, cells: dict[str, Cell], last: bool) -> None:
        text = Report(sequence, cells=cells, ended=last).to_json()
        way = "well" if self.is_mended else self._chance.choice(("well", "twice", "late", "unanswered", "lost"))
        if way == "late":
            self._late.append(text)
        elif way != "lost":
            behind = [text] if way == "twice" else [self._late.pop() for _ in list(self._late)]
            await asyncio.gather(*(asyncio.to_thread(self._put, *each) for each in enumerate(([text], behind))))
        if way not in ("well", "twice"):
            raise TimeoutError(way)

    def _put(self, function: int, texts: list[str]) -> None:
        for text in texts:
            ask(self._handlers[function], "PUT", self._path, text)


async def write(tell: Callable[..., None], handlers: tuple[Application, Application], name: str) -> None:
    """Count and report, and tell of it."""
    chance = random.Random(name)  # noqa: S311 - the same errors in each run
    seconds = BEGIN.timestamp()
    counter = Statistics(lambda: seconds)
    line = BadLine(handlers, name, chance)
    reporter = Reporter(counter, line.send)
    counted = 0
    for step in range(ROUNDS + 1):
        for _ in range(chance.randrange(1, 20)):
            counter.count_request()
            counter.count_response(Result.PASSED_THROUGH, host=host_of(name), milliseconds=chance.uniform(1, 1000))
            counted += 1
        line.is_mended = step == ROUNDS
        tell(name, sending=counted)
        if await reporter.report(last=line.is_mended):
            tell(name, acknowledged=counted)
        seconds += STEP.total_seconds()
    tell(name, done=counted)


def main(endpoint: str, bucket: str, *names: str) -> None:
    s3 = get_session().create_client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )

    def tell(name: str, **what: int) -> None:
        sys.stdout.write(json.dumps({"name": name, **what}) + "\n")
        sys.stdout.flush()

    def work(name: str) -> None:
        asyncio.run(write(tell, (management(s3, bucket, END), management(s3, bucket, END)), name))

    with ThreadPoolExecutor(len(names)) as threads:
        list(threads.map(work, names))


if __name__ == "__main__":
    main(*sys.argv[1:])
