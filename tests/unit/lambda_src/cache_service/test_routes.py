"""The HTTP interface, and that no request of one namespace shows or touches what is in another."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract import headers
from contract.cache import Strategy
from contract.quotas import Quota, Quotas
from lambda_src.cache_service.logic import Cache
from lambda_src.cache_service.quotas import Accounts
from lambda_src.cache_service.routes import MAX_BODY_BYTES, Terms, build_application
from tests.unit.lambda_src.cache_service.conftest import NOON, NoZip
from tests.unit.lambda_src.cache_service.stores import DeadStore

STORE = "/pages/key_based/store/binary/k-1"
RETRIEVE = "/pages/key_based/retrieve/k-1"
KEYED = [strategy for strategy in Strategy if strategy not in (Strategy.DIRECT, Strategy.TEMPORAL)]


@pytest.mark.parametrize("data", [b"", b"text", bytes(range(256)) * 100])
def test_bytes_come_back_as_they_were(call, data):
    reply = call("POST", STORE, data, headers={"content-type": "text/html; charset=latin1"})
    assert reply.status == 200
    assert reply.json["size"] == len(data)
    assert reply.json["paths"][0] == "pages/key_based/k-1"
    reply = call("GET", RETRIEVE)
    assert (reply.status, reply.data) == (200, data)
    assert reply.headers["content-type"] == "text/html; charset=latin1"
    assert reply.headers[headers.CACHE_ID] == "key_based.k-1"


def test_the_proxy_s_calls_are_one_read_and_one_write(call, objects):
    call("POST", STORE, b"x", query={"by_hash": "false"})
    call("GET", RETRIEVE)
    assert objects.calls == [("put", "pages/key_based/k-1"), ("get", "pages/key_based/k-1")]


@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize(
    ("kind", "body", "content_type"),
    [
        ("string", "é\0漢", "text/plain; charset=utf-8"),
        ("json", ' {"a": [1, null]}', "application/json"),
        ("binary", b"\xff\0", "image/png"),
    ],
)
def test_every_strategy_and_kind_is_found_by_id_and_hash(call, strategy, kind, body, content_type):
    given = {"content-type": "image/png"}
    stored = call("POST", f"/a/{strategy}/store/{kind}/key", body, headers=given).json
    data = body if isinstance(body, bytes) else body.encode()
    assert stored["namespace"] == "a"
    assert stored["cache_id"].startswith(f"{strategy}.key")
    for path in (f"/a/retrieve/{stored['cache_id']}", f"/a/retrieve/hash/{stored['cache_hash']}"):
        reply = call("GET", path)
        assert (reply.status, reply.data, reply.headers["content-type"]) == (200, data, content_type)
    for path in (f"/a/exists/{stored['cache_id']}", f"/a/exists/hash/{stored['cache_hash']}"):
        assert call("GET", path).json == {"exists": True, "cache_id": stored["cache_id"]}

    assert call("DELETE", f"/a/delete/{stored['cache_id']}").json == {"deleted": 1, "complete": True}

    assert call("DELETE", f"/a/delete/{stored['cache_id']}").json == {"deleted": 0, "complete": True}
    for path in (f"/a/retrieve/{stored['cache_id']}", f"/a/retrieve/hash/{stored['cache_hash']}"):
        assert call("GET", path).status == 404
    for path in (f"/a/exists/{stored['cache_id']}", f"/a/exists/hash/{stored['cache_hash']}"):
        assert call("GET", path).json["exists"] is False


@pytest.mark.parametrize("strategy", Strategy)
def test_the_end_of_an_entry_holds_everywhere(call, clock, strategy):
    stored = call("POST", f"/a/{strategy}/store/string", "x", query={"key": "k", "ttl_seconds": "5"}).json
    assert stored["expires_at"] == pytest.approx(NOON + 5, abs=1.1)
    call("PUT", f"/a/children/{stored['cache_id']}/c", b"y")
    clock.pass_by(7)

    for path in ("retrieve", "retrieve/hash"):
        name = stored["cache_hash" if "hash" in path else "cache_id"]
        assert call("GET", f"/a/{path}/{name}").status == 404
    assert call("GET", f"/a/exists/{stored['cache_id']}").json["exists"] is False
    assert call("GET", "/a/list").json["entries"] == []
    counted = call("GET", "/a/stats").json["strategies"][strategy]
    assert (counted["entries"], counted["expired"], counted["expired_size"]) == (0, 1, 1)
    assert call("GET", f"/a/children/{stored['cache_id']}/c").status == 404
    if strategy in KEYED:
        assert call("GET", f"/a/{strategy}/retrieve/k").status == 404


def test_default_ttl_and_what_is_left_of_it(call, clock):
    call("POST", STORE, b"x")
    clock.pass_by(20.5)
    assert call("GET", RETRIEVE).headers[headers.REMAINING_SECONDS] == "39"
    clock.pass_by(39)
    assert call("GET", RETRIEVE).status == 200
    clock.pass_by(1)
    reply = call("GET", RETRIEVE)
    assert (reply.status, reply.error["code"]) == (404, "expired")


@pytest.mark.parametrize("ttl", ["0", "-1", "x", "1.5", "99999999999", "86401"])
def test_bad_ttl_is_422(call, objects, ttl):
    reply = call("POST", STORE, b"x", query={"ttl_seconds": ttl})
    assert reply.status == 422
    assert reply.error["details"][0]["path"] == "query.ttl_seconds"
    assert not objects.objects


def test_the_newest_and_each_version_of_a_key(call):
    for number in range(1, 4):
        stored = call("POST", "/a/temporal_versioned/store/string/k", f"v{number}").json
        assert stored["version"] == number
    assert call("GET", "/a/temporal_versioned/retrieve/k").data == b"v3"
    assert call("GET", "/a/temporal_versioned/retrieve", query={"key": "k", "version": "2"}).data == b"v2"
    assert call("GET", "/a/temporal_versioned/retrieve/k", query={"version": "4"}).status == 404
    versions = call("GET", "/a/temporal_versioned/versions", query={"key": "k"}).json["versions"]
    assert [each["version"] for each in versions] == [3, 2, 1]
    assert [each["key"] for each in versions] == ["k"] * 3


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("/a/temporal/retrieve/k", {}, "not-by-key"),
        ("/a/direct/retrieve/k", {}, "not-by-key"),
        ("/a/key_based/retrieve/k", {"version": "1"}, "no-versions"),
        ("/a/key_based/versions", {"key": "k"}, "no-versions"),
        ("/a/latest/retrieve/k", {}, "unknown-strategy"),
        ("/a/key_based/retrieve", {}, "invalid-input"),
        ("/a/retrieve/key_based.%2E%2E", {}, "invalid-id"),
        ("/a/retrieve/hash/xyz", {}, "invalid-name"),
        ("/a/list", {"after": "x"}, "invalid-id"),
        ("/a/list", {"limit": "501"}, "invalid-input"),
        ("/a/list", {"strategy": "x"}, "invalid-input"),
        ("/a/key_based/retrieve/%FF", {}, "invalid-name"),
        (f"/a/children/key_based.k/{'x' * 129}", {}, "invalid-name"),
    ],
)
def test_what_cannot_be_asked_is_422(call, path, query, code):
    reply = call("GET", path, query=query)
    assert (reply.status, reply.error["code"]) == (422, code)
    assert reply.error["details"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/a/key_based/store/string", {}),
        ("/a/temporal_latest/store/json", {}),
        ("/a/key_based/store/string/k", {"ttl": "5"}),
        ("/A/key_based/store/string/k", {}),
        ("/a%2f/key_based/store/string/k", {}),
        (f"/{'x' * 64}/key_based/store/string/k", {}),
        (f"/a/key_based/store/string/{'x' * 641}", {}),
        ("/a/key_based/store/string", {"key": "\u6f22" * 72}),
        ("/a/key_based/store/string", {"key": "\ud800"}),
    ],
)
def test_what_cannot_be_stored_is_422(call, objects, path, query):
    assert call("POST", path, "1", query=query).status == 422
    assert not objects.objects


def test_an_empty_prefix_has_to_be_written(call):
    call("POST", STORE, b"x")
    assert call("DELETE", "/pages/delete").status == 422
    assert call("DELETE", "/pages/delete", query={"prefix": ""}).json == {"deleted": 1, "complete": True}


def test_entries_are_listed_by_prefix_page_by_page(call, clock):
    for key in ("news/1", "news/2", "newspaper", "other"):
        call("POST", "/a/key_based/store/string", key, query={"key": key})
    call("POST", "/a/temporal/store/string", "t", query={"key": "news/3"})

    page = call("GET", "/a/list", query={"prefix": "news/", "limit": "2"}).json
    assert [each["key"] for each in page["entries"]] == ["news/1", "news/2"]
    page = call("GET", "/a/list", query={"prefix": "news/", "limit": "2", "after": page["next"]}).json
    assert [(each["strategy"], each["key"]) for each in page["entries"]] == [("temporal", "news/3")]
    assert page["next"] is None
    assert page["entries"][0]["stored_at"] == pytest.approx(clock.time, abs=1)

    assert call("DELETE", "/a/delete", query={"prefix": "news", "strategy": "key_based"}).json["deleted"] == 3
    assert [each["key"] for each in call("GET", "/a/list").json["entries"]] == ["other", "news/3"]


def test_statistics_count_by_strategy(call, clock):
    call("POST", "/a/direct/store/string", "four")
    clock.pass_by(5)
    call("POST", "/a/direct/store/string", "eighteen")
    told = call("GET", "/a/stats").json
    assert (told["complete"], told["next"]) == (True, None)
    direct = told["strategies"]["direct"]
    assert (direct["entries"], direct["size"], direct["expired"]) == (2, 12, 0)
    assert direct["newest"] - direct["oldest"] == pytest.approx(5, abs=0.01)
    assert told["strategies"]["temporal"]["entries"] == 0
    assert list(call("GET", "/a/stats", query={"strategy": "direct"}).json["strategies"]) == ["direct"]


def test_what_is_kept_under_an_entry(call):
    parent = call("POST", STORE, b"x").json["cache_id"]
    path = f"/pages/children/{parent}"
    kept = call("PUT", f"{path}/thumb%20nail.png", b"png", headers={"content-type": "image/png"}).json
    assert (kept["name"], kept["size"], kept["content_type"]) == ("thumb nail.png", 3, "image/png")
    call("PUT", f"{path}/b", b"b", query={"ttl_seconds": "1"})
    assert [each["name"] for each in call("GET", path).json["children"]] == ["b", "thumb nail.png"]
    page = call("GET", path, query={"limit": "1"}).json
    assert (page["next"], call("GET", path, query={"after": page["next"]}).json["children"]) == ("b", [kept])
    reply = call("GET", f"{path}/thumb%20nail.png")
    assert (reply.data, reply.headers["content-type"]) == (b"png", "image/png")
    assert call("DELETE", f"{path}/b").json["deleted"] == 1
    assert call("DELETE", f"{path}/b").json["deleted"] == 0
    assert call("GET", f"{path}/b").status == 404


def test_export_goes_to_the_exporter(call):
    asked = {"prefix": "news/", "after": "key_based.a"}
    told = call("GET", "/a/export", query=asked).json
    assert (told["url"], told["complete"]) == ("https://zip.example/a/news//key_based.a", True)


def test_a_repeated_store_makes_one_entry(call, objects):
    headers = {"Idempotency-Key": "order-1".lower(), "idempotency-key": "order-1"}
    first, second = (call("POST", "/a/temporal/store/string", "x", headers=headers).json for _ in range(2))
    assert first["cache_id"] == second["cache_id"]
    assert len(call("GET", "/a/list").json["entries"]) == 1
    reply = call("POST", "/a/temporal/store/string", "other", headers=headers)
    assert (reply.status, reply.error["code"]) == (422, "idempotency-key-reused")
    assert call("POST", "/a/temporal/store/string", "x", headers={"idempotency-key": "a b"}).status == 422


def test_quotas_are_seen_to_before_a_store(caller, objects, clock):
    accounts = Accounts(objects, Quotas({"pages": Quota(1, 1)}, None), clock)
    cache = Cache(objects, clock, admit=accounts.admit)
    call = caller(build_application, cache, exporter=NoZip(), terms=Terms(60))
    once = {"idempotency-key": "once"}
    for _ in range(2):
        assert call("POST", "/pages/temporal/store/string", "x", headers=once).status == 200, (
            "repeated, it is no second"
        )
    stored = call("GET", "/pages/list").json["entries"][0]["cache_id"]
    assert call("POST", STORE, b"y").error["code"] == "quota-exceeded"
    assert call("PUT", f"/pages/children/{stored}/c", b"y").error["code"] == "quota-exceeded"
    assert len(call("GET", "/pages/list").json["entries"]) == 1


def test_what_can_be_stored_can_be_had_back_and_what_is_larger_is_422(call, objects):
    for kind, largest in (("binary", bytes(MAX_BODY_BYTES)), ("string", "x" * MAX_BODY_BYTES)):
        stored = call("POST", f"/a/temporal/store/{kind}", largest).json
        assert call("GET", f"/a/retrieve/{stored['cache_id']}").status == 200
    child = f"/a/children/{stored['cache_id']}/c"
    assert call("PUT", child, bytes(MAX_BODY_BYTES)).status == 200
    assert len(call("GET", child).data) == MAX_BODY_BYTES
    before = set(objects.objects)
    for method, path in (("POST", "/a/temporal/store/string"), ("PUT", child)):
        reply = call(method, path, "x" * (MAX_BODY_BYTES + 1))
        assert (reply.status, reply.error["code"]) == (422, "too-large")
        assert reply.error["details"][0]["allowed"] == MAX_BODY_BYTES
    assert set(objects.objects) == before


def test_storage_that_is_down_is_503(caller, clock):
    call = caller(build_application, Cache(DeadStore(), clock), exporter=NoZip(), terms=Terms(60))
    assert call("POST", STORE, b"x").status == 503
    assert call("GET", "/pages/list").status == 503


def test_status_tells_the_terms(call):
    facts = call("GET", "/info/status").json["facts"]
    assert (facts["ttl_seconds"], facts["longest_ttl_seconds"]) == (60, 86_400)
    assert facts["strategies"].split(", ") == [*Strategy]


TRICKS = [
    *(
        "..",
        "../b",
        "%2e%2e",
        "..%2fb",
        "%2e%2e%2fb%2fkey_based",
        "/",
        "//",
        "/b",
        "\\",
        "..\\b",
        "\0",
        "%00",
        "",
        "_",
        "k",
    ),
    *("\u0430", "\uff0e\uff0e", "\u2215b", "a" * 600, "key_based.k", "direct._", "hashes", "children"),
]
anything = st.one_of(st.sampled_from(TRICKS), st.text(max_size=30))
METHODS = {
    "POST": ["/{0}/{1}/store/binary/{2}", "/{0}/{1}/store/json", "/{0}/{1}/store/string"],
    "GET": ["/{0}/{1}/retrieve/{2}", "/{0}/{1}/retrieve", "/{0}/retrieve/{2}", "/{0}/retrieve/hash/{2}",
            "/{0}/exists/{2}", "/{0}/exists/hash/{2}", "/{0}/list", "/{0}/stats", "/{0}/{1}/versions",
            "/{0}/children/{2}", "/{0}/children/{2}/{3}"],
    "PUT": ["/{0}/children/{2}/{3}"],
    "DELETE": ["/{0}/delete/{2}", "/{0}/delete", "/{0}/children/{2}/{3}"],
}  # fmt: skip
requests = st.sampled_from([(method, path) for method, paths in METHODS.items() for path in paths])
names = {"key": anything, "prefix": anything, "after": anything}
queries = st.fixed_dictionaries({}, optional={**names, "strategy": st.sampled_from(Strategy)})


@pytest.fixture
def known(call):
    """What another has in namespace `b`: the ids of an entry of each strategy with a child, and their hash."""
    stored = [call("POST", f"/b/{each}/store/string/k", "secret of b").json for each in Strategy]
    for each in stored:
        call("PUT", f"/b/children/{each['cache_id']}/c", b"secret of b")
    return [each["cache_id"] for each in stored] + [stored[0]["cache_hash"]]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    request=requests,
    strategy=st.one_of(st.sampled_from(Strategy), anything),
    name=st.one_of(st.integers(0, 5), anything),
    child=st.one_of(st.just("c"), anything),
    query=queries,
    whose=st.one_of(st.just("a"), st.sampled_from(TRICKS).map(lambda trick: f"a{trick}")),
)
def test_no_request_of_a_namespace_reaches_another(call, objects, known, request, strategy, name, child, query, whose):
    """Whatever is asked in `a`, even with the ids and hashes of `b`: what is in `b` stays as it is and never shows."""
    before = {path: item for path, item in objects.objects.items() if path.startswith("b/")}
    method, path = request
    place = path.format(whose, strategy, known[name] if isinstance(name, int) else name, child)
    seen = set(objects.objects)

    reply = call(method, place, b"1" if method in ("POST", "PUT") else None, query=query)

    assert reply.status < 500
    assert b"secret" not in reply.data
    assert {path: item for path, item in objects.objects.items() if path.startswith("b/")} == before
    assert all(path.startswith(f"{whose}/") for path in set(objects.objects) - seen)


def test_who_asks_for_too_long_a_time_is_told_the_bound_that_holds_here(call):
    for seconds in (86_401, 99_999_999, 10**30):
        reply = call("POST", STORE, b"x", query={"ttl_seconds": str(seconds)})
        assert (reply.status, reply.error["details"][0]["allowed"]) == (422, 86_400)
    assert call("POST", STORE, b"x", query={"ttl_seconds": "86400"}).status == 200
