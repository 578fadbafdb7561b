"""Measure the HTML service: taking pages apart, and whole pages and routes against their logic."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import time
from collections.abc import Callable, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from bench.measure import BenchmarkError, Trial, compare, interleave
from bench.report import Section
from contract import routes
from contract.modes import Mode, Parameters
from lambda_src.html_service.encodings import Encoding
from lambda_src.html_service.logic import to_segments, transform
from lambda_src.html_service.routes import build_application
from lambda_src.html_service.segmenter import find_segments
from lambda_src.html_service.sweep import sweep
from lambda_src.html_service.text_service import Caller, Transformed
from lambda_src.html_service.tokenizer import find_markup
from lambda_src.shared.application import Application
from lambda_src.shared.settings import ServiceSettings

ROOT = Path(__file__).parents[1]
PAGES = {"30 KB": "sqlite-faq.html", "300 KB": "python-whatsnew.html"}
UTF8 = Encoding("utf-8", "utf-8")
REPEATS = 5


class Masked:
    """Puts an x for each letter, without a call."""

    def transform(self, _mode: Mode, texts: Sequence[str], _parameters: Parameters, _caller: Caller) -> Transformed:
        return Transformed(["x" * len(text) for text in texts])


def measure(rounds: int, say: Callable[[str], None]) -> list[Section]:
    """Run all comparisons.

    :param say: told what is being done.
    :raises BenchmarkError: if the service answers with an error.
    """
    pages = {size: (ROOT / "local" / "pages" / name).read_bytes() for size, name in PAGES.items()}
    return [_page(size, page, rounds, say) for size, page in pages.items()]


def _page(size: str, page: bytes, rounds: int, say: Callable[[str], None]) -> Section:
    app = _application()
    trials: dict[str, Trial] = {
        "finding markup": _timed(lambda: _tokenize(page)),
        "finding and reading all texts": _timed(lambda: find_segments(page, UTF8)),
        "texts out and others in": _timed(lambda: _masked(page)),
        "route html/transform": _timed(lambda: _call(app, routes.TRANSFORM_PAGE, page, {"mode": Mode.XXX.value})),
        "logic of html/to/segments": _timed(lambda: to_segments(page, "utf-8")),
        "route html/to/segments": _timed(lambda: _call(app, routes.HTML_TO_SEGMENTS, _in_json(page), {})),
        "html.parser": _timed(lambda: HTMLParser().feed(page.decode())),
        "reading the same bytes as JSON": _timed(_json_reader(page)),
    }
    for trial in trials.values():
        trial()  # compiles expressions
    seconds = interleave(trials, rounds, say)
    pairs = [
        ("finding markup", "html.parser"),
        ("finding and reading all texts", "html.parser"),
        ("texts out and others in", "reading the same bytes as JSON"),
        ("route html/transform", "texts out and others in"),
        ("route html/to/segments", "logic of html/to/segments"),
    ]
    speed = len(page) / min(seconds["finding markup"]) / 1e6
    note = f"In one warm process, processor time. Markup was found in {speed:.0f} MB/s in the fastest round."
    return Section(f"A page of {size} in the HTML service", note, tuple(compare(seconds, *pair) for pair in pairs))


def _timed(work: Callable[[], object]) -> Trial:
    def trial() -> float:
        began = time.process_time()
        for _ in range(REPEATS):
            work()
        return (time.process_time() - began) / REPEATS

    return trial


def _tokenize(page: bytes) -> None:
    position = 0
    while position < len(page):
        markup = find_markup(page, sweep(page, position, []))
        position = markup.end if markup else len(page)


def _masked(page: bytes) -> bytes:
    return transform(page, "utf-8", lambda found: ["x" * len(text) for text in found]).page


def _in_json(page: bytes) -> bytes:
    return json.dumps({"html": base64.b64encode(page).decode(), "charset": "utf-8"}).encode()


def _json_reader(page: bytes) -> Callable[[], object]:
    text = json.dumps(page.decode())
    return lambda: json.loads(text)


def _application() -> Application:
    logger = Logger(service="html-service-measured", stream=io.StringIO())
    return build_application(ServiceSettings("html-service", "1", "bench"), Masked(), logger=logger)


def _call(app: Application, path: str, body: bytes, query: Mapping[str, str]) -> None:
    http = {"method": "POST", "path": path, "sourceIp": "127.0.0.1"}
    event: dict[str, Any] = {
        "version": "2.0",
        "rawPath": path,
        "headers": {"content-type": "application/octet-stream"},
        "queryStringParameters": dict(query),
        "requestContext": {"http": http, "requestId": "1", "stage": "$default"},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
    with contextlib.redirect_stdout(io.StringIO()):  # metrics go there
        status = app(event, cast(LambdaContext, None))["statusCode"]
    if status != 200:
        raise BenchmarkError(f"{path} answered {status}; next: send it by hand")
