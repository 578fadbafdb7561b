"""Measure every route of every function, called as Lambda calls it, against the same logic called in process.

What is compared are medians of calls in one warm process. The difference is what HTTP, JSON, checks, log and trace
take; stores are in memory, and no other function is asked, so that the logic is as cheap as it ever gets.
"""

from __future__ import annotations

import base64
import io
import json
import statistics
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler.api_gateway import BaseRouter
from aws_lambda_powertools.utilities.data_classes import LambdaFunctionUrlEvent

from bench import dashboard
from bench.calls import Call, answered
from bench.html import PAGES, ROOT, Masked
from bench.measure import compare, interleave
from bench.memory import Entries, Reports
from bench.ratings import judged
from bench.report import Section
from contract import routes
from contract.components import Function
from contract.modes import Engine, Mode, Sentiment
from contract.sketch import Sketch
from contract.statistics import MINUTE_FORMAT, Cell, HostCount, Report
from lambda_src.cache_service import routes as cache_routes
from lambda_src.cache_service.export import Export
from lambda_src.cache_service.logic import Cache
from lambda_src.html_service import routes as html_routes
from lambda_src.proxy_management import routes as management_routes
from lambda_src.proxy_management.settings_history import FreshSettings, SettingsHistory
from lambda_src.proxy_management.windows import Statistics
from lambda_src.semantic_text_service import routes as semantic_routes
from lambda_src.semantic_text_service.embedded import EmbeddedEngine
from lambda_src.shared.application import Application
from lambda_src.shared.settings import ServiceSettings
from lambda_src.shared.validation import parse_json, parse_query

CALLS = 9

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TEXTS = 200
PEER = "its logic in process"


def measure(
    rounds: int, say: Callable[[str], None], functions: Sequence[Function] = tuple(Function), calls: int = CALLS
) -> list[Section]:
    """Compare all routes, function by function.

    :param say: told what is being done.
    :param functions: those to measure.
    :param calls: of which a trial takes the median.
    :raises BenchmarkError: if a route does not do what it is asked.
    """
    return [_of(function, rounds, say, calls) for function in functions]


def _of(function: Function, rounds: int, say: Callable[[str], None], calls: int) -> Section:
    app = application(function)
    measured = list(CALLS_OF[function](app))
    trials = {}
    for call in measured:
        trials[call.name] = _median(partial(answered, app, call), calls)
        trials[_logic(call)] = _median(_logic_of(app, call), calls)
    seconds = interleave(trials, rounds, say)
    note = (
        "Medians of calls in one warm process, processor time; a page of 30 KB, 200 texts, stores in memory. "
        "A route whose logic does next to nothing shows what HTTP, checks and the log cost: less than a millisecond."
    )
    found = tuple(replace(compare(seconds, call.name, _logic(call)), peer=PEER) for call in measured)
    return Section(f"Routes of {function.value}", note, found)


def application(function: Function) -> Application:
    """Return a function's application, on stores in memory."""
    settings = ServiceSettings(function.value, "1", "bench")
    logger = Logger(service=f"{function.value}-measured", stream=io.StringIO())
    match function:
        case Function.HTML_SERVICE:
            return html_routes.build_application(settings, Masked(), logger=logger)
        case Function.SEMANTIC_TEXT_SERVICE:
            return semantic_routes.build_application(settings, {Engine.EMBEDDED: EmbeddedEngine()}, logger=logger)
        case Function.CACHE_SERVICE:
            cache, terms = Cache(Entries(), lambda: 0.0), cache_routes.Terms(ttl_seconds=60)
            return cache_routes.build_application(settings, cache, terms=terms, exporter=_NoZip(), logger=logger)
        case Function.PROXY_MANAGEMENT:
            history = SettingsHistory(Reports())
            kept = Statistics(Reports(), timedelta(seconds=5))
            fresh = FreshSettings(history, lambda: 0.0)
            app = management_routes.build_application(settings, kept, history, fresh, clock=lambda: NOON, logger=logger)
            dashboard.register(app, settings, kept, history, lambda: NOON)
            return app


def durations(wanted: Mapping[Function, Collection[str]], calls: int = CALLS) -> dict[Function, float]:
    """Return the processor time, in seconds, of a warm call of some routes of each function: the mean of their medians.

    :param wanted: method and path of each, as :attr:`.calls.Call.name` writes them.
    """
    return {function: _duration(function, names, calls) for function, names in wanted.items()}


def _duration(function: Function, names: Collection[str], calls: int) -> float:
    app = application(function)
    chosen = [call for call in CALLS_OF[function](app) if call.name in names]
    return statistics.fmean(_median(partial(answered, app, call), calls)() for call in chosen)


def _logic(call: Call) -> str:
    return f"{PEER}: {call.name}"


def _logic_of(app: Application, call: Call) -> Callable[[], object]:
    """Return the function of a route with all that it takes, read and checked before."""
    (operation,) = [each for each in app.operations if (each.method, each.path) == (call.method, call.path)]
    run = operation.run
    assert run is not None
    arguments: dict[str, object] = dict(call.given)
    if operation.query is not None:
        arguments["query"] = parse_query(operation.query, call.query)
    if operation.body is not None:
        model = operation.body
        arguments["body"] = parse_json(model, call.body) if isinstance(model, type) else call.body
    event = LambdaFunctionUrlEvent(call.event())

    def logic() -> object:
        BaseRouter.current_event = event  # pages read it by themselves, and Powertools keeps it there
        return run(**arguments)

    return logic


def _median(work: Callable[[], object], calls: int) -> Callable[[], float]:
    def trial() -> float:
        taken = []
        for _ in range(calls):
            began = time.process_time()
            work()
            taken.append(time.process_time() - began)
        return statistics.median(taken)

    work()  # compiles expressions, reads the word list
    return trial


class _NoZip:
    def export(self, *_: object) -> Export:
        return Export(url="https://zip.example/", url_expires_at=1.0, size=2, entries=3, next=None)


def _told(app: Application, call: Call) -> dict[str, Any]:
    reply: dict[str, Any] = json.loads(answered(app, call)["body"])
    return reply


def _post(path: str, body: Mapping[str, object], **given: str) -> Call:
    return Call("POST", path, given, body=json.dumps(body).encode())


def _html(app: Application) -> Iterator[Call]:
    page = (ROOT / "local" / "pages" / PAGES["30 KB"]).read_bytes()
    whole = {"html": base64.b64encode(page).decode(), "charset": "utf-8"}
    for path in (
        routes.HTML_TO_SEGMENTS, routes.HTML_TO_DICT, routes.HTML_TO_HTML, routes.HTML_TO_TEXT_NODES,
        routes.HTML_TO_TEXT_HASHES, routes.HTML_TO_TREE_VIEW, routes.HTML_TO_HTML_HASHES, routes.HTML_TO_HTML_XXX,
        routes.HTML_TO_DICT_HASHES,
    ):  # fmt: skip
        yield _post(path, whole)
    yield Call("POST", routes.TRANSFORM_PAGE, query={"mode": Mode.XXX.value}, body=page)
    segments = _told(app, _post(routes.HTML_TO_SEGMENTS, whole))["segments"]
    yield _post(routes.SEGMENTS_TO_HTML, {**whole, "segments": ["x" * len(text) for text in segments]})
    nodes = {"html_dict": _told(app, _post(routes.HTML_TO_DICT, whole))["html_dict"]}
    for path in (routes.DICT_TO_HTML, routes.DICT_TO_TEXT_NODES, routes.DICT_TO_TREE_VIEW):
        yield _post(path, nodes)
    hashed = _told(app, _post(routes.HTML_TO_DICT_HASHES, whole))
    yield _post(routes.HASHES_TO_HTML, {name: hashed[name] for name in ("html_dict", "hash_mapping")})


def _semantic(_app: Application) -> Iterator[Call]:
    texts: dict[str, object] = {"texts": judged("tweets")[1][:TEXTS]}
    negative: dict[str, object] = {"sentiment": Sentiment.NEGATIVE, "at_least": 0.3}
    yield _post(routes.TRANSFORM_TEXTS, {**texts, "mode": Mode.XXX_NEGATIVE})
    embedded = Engine.EMBEDDED.value
    yield _post(routes.RATE_TEXTS, {**texts, "sentiment": Sentiment.NEGATIVE}, engine=embedded)
    yield _post(routes.RATE_TEXTS_FULLY, texts, engine=embedded)
    yield _post(routes.FILTER_TEXTS, {**texts, **negative}, engine=embedded)
    yield _post(routes.FILTER_TEXTS_FULLY, {**texts, "criteria": [negative]}, engine=embedded)
    yield _post(routes.CLASSIFY_TOPICS, texts)
    yield _post(routes.FILTER_TOPICS, {**texts, "topics": ["sport"]})


def _cache(app: Application) -> Iterator[Call]:
    page = (ROOT / "local" / "pages" / PAGES["30 KB"]).read_bytes()
    bodies = {"string": page, "json": json.dumps([page.decode()]).encode(), "binary": page}
    place = {"namespace": "pages", "strategy": "key_based"}
    for kind, body in bodies.items():
        store = routes.CACHE_STORE_BY_KEY.replace("{kind}", kind)
        yield Call("POST", store, {**place, "key": "a"}, body=body)
        keyless = routes.CACHE_STORE.replace("{kind}", kind)
        yield Call("POST", keyless, {**place, "strategy": "direct"}, body=body)
    stored = _told(app, Call("POST", routes.CACHE_STORE_BY_KEY.replace("{kind}", "binary"), {**place, "key": "b"},
                             body=page))  # fmt: skip
    here = {"namespace": "pages"}
    one, hashed = here | {"cache_id": stored["cache_id"]}, here | {"cache_hash": stored["cache_hash"]}
    child = one | {"name": "c"}
    yield Call("PUT", routes.CACHE_CHILD, child, body=page)
    answered(app, Call("PUT", routes.CACHE_CHILD, child, body=page))
    yield Call("GET", routes.CACHE_CHILD, child)
    yield Call("GET", routes.CACHE_CHILDREN, one)
    yield Call("GET", routes.CACHE_RETRIEVE_BY_KEY, {**place, "key": "b"})
    yield Call("GET", routes.CACHE_RETRIEVE_ANY_KEY, place, query={"key": "b"})
    yield Call("GET", routes.CACHE_VERSIONS, {**here, "strategy": "temporal_versioned"}, query={"key": "b"})
    yield Call("GET", routes.CACHE_RETRIEVE, one)
    yield Call("GET", routes.CACHE_EXISTS, one)
    yield Call("GET", routes.CACHE_RETRIEVE_BY_HASH, hashed)
    yield Call("GET", routes.CACHE_EXISTS_BY_HASH, hashed)
    for path in (routes.CACHE_LIST, routes.CACHE_STATISTICS, routes.CACHE_EXPORT):
        yield Call("GET", path, here)
    gone = here | {"cache_id": "key_based.gone"}
    yield Call("DELETE", routes.CACHE_DELETE, gone)
    yield Call("DELETE", routes.CACHE_DELETE_BY_PREFIX, here, query={"prefix": "gone"})
    yield Call("DELETE", routes.CACHE_CHILD, {**one, "name": "gone"})


def _management(app: Application) -> Iterator[Call]:
    times = Sketch()
    for milliseconds in range(1, 500):
        times.add(milliseconds)
    hosts = {f"host-{number}.example": HostCount(10, 9, 1) for number in range(50)}
    cell = Cell(requests=500, responses=500, hosts=hosts, answering=times, transforming=times)
    minutes = {(NOON - timedelta(minutes=ago)).strftime(MINUTE_FORMAT): cell for ago in (2, 1, 0)}
    place = {"instance_id": "i-0123456789abcdef0", "process_id": "a"}
    report = Report(sequence=1, cells=minutes).to_json().encode()
    answered(app, Call("PUT", routes.REPORT_STATISTICS, place, body=report))
    yield Call("PUT", routes.REPORT_STATISTICS, place, body=report)
    yield Call("GET", routes.READ_STATISTICS, query={"window": "day"})
    yield Call("GET", routes.FLEET_SETTINGS)
    yield Call("GET", routes.FLEET_SETTINGS_HISTORY)
    change = {"base": 0, "settings": {"default_mode": "xxx"}, "note": "measured"}
    yield Call("PUT", routes.FLEET_SETTINGS, body=json.dumps(change).encode())
    yield from dashboard.calls(app)


CALLS_OF: Mapping[Function, Callable[[Application], Iterator[Call]]] = {
    Function.HTML_SERVICE: _html,
    Function.SEMANTIC_TEXT_SERVICE: _semantic,
    Function.CACHE_SERVICE: _cache,
    Function.PROXY_MANAGEMENT: _management,
}


def routes_without_calls() -> Sequence[str]:
    """Return the routes that nothing here measures, but for those that every function has."""
    shared = {routes.HEALTH, routes.STATUS, routes.OPENAPI}
    missing: list[str] = []
    for function, make in CALLS_OF.items():
        app = application(function)
        measured = {call.name for call in make(app)}
        found = {f"{each.method} {each.path}" for each in app.operations if each.path not in shared}
        missing += sorted(found - measured)
    return missing
