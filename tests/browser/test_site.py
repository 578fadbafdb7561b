"""What stands between a browser and the function, where the function runs in the tests' own process."""

from __future__ import annotations

import asyncio
import threading
import time

import httpx
from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver

from tests.browser.site import ToHandler


def test_requests_of_two_dashboards_at_once_are_not_taken_for_each_other() -> None:
    app = LambdaFunctionUrlResolver()
    both = threading.Barrier(2)

    @app.get("/<name>")
    def name_of(name: str) -> str:
        time.sleep(0.05)  # in which the other one's request arrives
        return f"{name} {app.current_event.path}"

    answers: dict[str, str] = {}

    def ask(name: str) -> None:
        both.wait()
        request = httpx.Request("GET", f"http://127.0.0.1/{name}")
        answers[name] = asyncio.run(ToHandler(app.resolve).handle_async_request(request)).text

    threads = [threading.Thread(target=ask, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {"one": "one /one", "two": "two /two"}
