import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract import routes
from contract.modes import ENGINE_VERSIONS, RULES, Engine, Mode
from lambda_src.semantic_text_service.embedded import EmbeddedEngine
from lambda_src.semantic_text_service.routes import MAX_BODY_BYTES, MAX_TEXTS, build_application
from lambda_src.semantic_text_service.topic_words import Topic
from tests.unit.lambda_src.semantic_text_service.engines import FakeEngine

SAD = "This is terrible. I hate it."
GLAD = "I love this wonderful place!"
PLAIN = "The meeting is in room four."
ENGINE_ROUTES = (routes.RATE_TEXTS, routes.RATE_TEXTS_FULLY, routes.FILTER_TEXTS, routes.FILTER_TEXTS_FULLY)
ALL_ROUTES = (routes.TRANSFORM_TEXTS, *ENGINE_ROUTES, routes.CLASSIFY_TOPICS, routes.FILTER_TOPICS)


@pytest.fixture
def call(caller):
    return caller(build_application, {Engine.EMBEDDED: EmbeddedEngine()})


@pytest.fixture
def call_both(caller):
    return caller(build_application, {Engine.COMPREHEND: FakeEngine(), Engine.EMBEDDED: EmbeddedEngine()})


def embedded(route):
    return route.format(engine="embedded")


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode not in RULES])
def test_every_mode_without_engine_is_served(call, mode):
    reply = call("POST", routes.TRANSFORM_TEXTS, {"mode": mode, "texts": ["Hi 1!", ""]})
    assert reply.status == 200
    assert reply.json["mode"] == mode
    assert reply.json["model"] is None
    assert reply.json["failures"] == []
    assert reply.json["texts"][1] == ""


def test_xxx(call):
    assert call("POST", routes.TRANSFORM_TEXTS, {"mode": "xxx", "texts": ["Hi 1!"]}).json["texts"] == ["xx x!"]


@pytest.mark.parametrize("mode", RULES)
def test_every_mode_with_engine_is_served(call, mode):
    reply = call("POST", routes.TRANSFORM_TEXTS, {"mode": mode, "texts": [SAD, GLAD, PLAIN]})

    changed = [new != old for new, old in zip(reply.json["texts"], [SAD, GLAD, PLAIN], strict=True)]
    feeling = RULES[mode].sentiment.value
    assert reply.json["model"] == "embedded"
    assert changed == [feeling == "negative", feeling == "positive", feeling == "neutral"]


def test_rating_model_and_criteria(call_both):
    body = {"mode": "hide-mixed", "texts": ["mixed .3", "negative .9", "mixed .2"], "rating": 0.3}

    alone = call_both("POST", routes.TRANSFORM_TEXTS, {**body, "model": "comprehend"}).json
    also = call_both(
        "POST",
        routes.TRANSFORM_TEXTS,
        {**body, "criteria": [{"sentiment": "negative", "at_least": 0.5}], "combine": "or"},
    ).json

    assert [text.isspace() for text in alone["texts"]] == [True, False, False]
    assert [text.isspace() for text in also["texts"]] == [True, True, False]
    assert call_both("POST", routes.TRANSFORM_TEXTS, {**body, "model": "embedded"}).json["model"] == "embedded"


def test_the_first_engine_is_the_default(call_both):
    assert call_both("POST", routes.TRANSFORM_TEXTS, {"mode": "hide-mixed", "texts": []}).json["model"] == "comprehend"


def test_a_text_that_fails_is_reported_and_stands_as_it_was(call_both):
    reply = call_both("POST", routes.TRANSFORM_TEXTS, {"mode": "xxx-negative", "texts": ["negative .9", "it fails"]})

    assert reply.status == 200
    assert reply.json["texts"] == ["xxxxxxxx .x", "it fails"]
    ((failure),) = reply.json["failures"]
    assert (failure["index"], failure["code"]) == (1, "ThrottlingException")


def test_a_text_over_5000_characters_is_rated_and_changed_as_a_whole(call_both):
    text = "It was negative .9 indeed. " * 400

    reply = call_both("POST", routes.TRANSFORM_TEXTS, {"mode": "xxx-negative", "texts": [text]})

    assert reply.json["failures"] == []
    assert reply.json["texts"] == ["xx xxx xxxxxxxx .x xxxxxx. " * 400]


def test_rate(call_both):
    reply = call_both(
        "POST",
        "/semantic-classification/comprehend/rate",
        {"texts": ["negative .3", "it fails"], "sentiment": "negative"},
    )

    assert reply.json["ratings"] == [0.3, None]
    assert (reply.json["sentiment"], reply.json["model"]) == ("negative", "comprehend")
    assert reply.json["version"] == ENGINE_VERSIONS[Engine.COMPREHEND]
    assert [failure["index"] for failure in reply.json["failures"]] == [1]


def test_rate_for_all(call):
    (ratings,) = call("POST", embedded(routes.RATE_TEXTS_FULLY), {"texts": [PLAIN]}).json["ratings"]

    assert ratings == {"positive": 0.0, "negative": 0.0, "neutral": 1.0, "mixed": 0.0}


@pytest.mark.parametrize(
    ("limits", "indexes"),
    [({"at_least": 0.5}, [0]), ({"below": 0.5}, [1, 2]), ({}, [0, 1, 2]), ({"at_least": 0.99}, [])],
)
def test_filter(call, limits, indexes):
    texts = [SAD, GLAD, PLAIN]

    reply = call("POST", embedded(routes.FILTER_TEXTS), {"texts": texts, "sentiment": "negative", **limits})

    assert reply.json["indexes"] == indexes
    assert reply.json["texts"] == [texts[index] for index in indexes]


@pytest.mark.parametrize(("combine", "indexes"), [("or", [0, 1]), ("and", [])])
def test_filter_by_several(call, combine, indexes):
    criteria = [{"sentiment": "negative", "at_least": 0.5}, {"sentiment": "positive", "at_least": 0.5}]

    reply = call(
        "POST",
        embedded(routes.FILTER_TEXTS_FULLY),
        {"texts": [SAD, GLAD, PLAIN], "criteria": criteria, "combine": combine},
    )

    assert reply.json["indexes"] == indexes


def test_a_failed_text_is_in_no_selection(call_both):
    reply = call_both(
        "POST", "/semantic-classification/comprehend/filter", {"texts": ["it fails", "a"], "sentiment": "neutral"}
    )

    assert reply.json["indexes"] == [1]
    assert len(reply.json["failures"]) == 1


def test_topics(call):
    texts = ["The senate voted.", "A film about a senator", "hm"]

    told = call("POST", routes.CLASSIFY_TOPICS, {"texts": texts}).json["topics"]

    assert told == [{"politics": 1.0}, {"culture": 0.5, "politics": 0.5}, {}]


@pytest.mark.parametrize(
    ("wish", "indexes"),
    [
        ({"topics": ["politics"]}, [0, 1]),
        ({"topics": ["politics"], "at_least": 0.6}, [0]),
        ({"topics": ["politics", "culture"], "combine": "and"}, [1]),
        ({"topics": ["culture", "sport"]}, [1]),
    ],
)
def test_filter_by_topics(call, wish, indexes):
    texts = ["The senate voted.", "A film about a senator", "hm"]

    reply = call("POST", routes.FILTER_TOPICS, {"texts": texts, **wish}).json

    assert reply["indexes"] == indexes
    assert reply["texts"] == [texts[index] for index in indexes]


def test_no_texts(call):
    assert call("POST", routes.TRANSFORM_TEXTS, {"mode": "xxx", "texts": []}).json["texts"] == []


def test_every_character_survives(call):
    text = "".join(map(chr, range(0x3000))) + "😀"
    assert call("POST", routes.TRANSFORM_TEXTS, {"mode": "roundtrip", "texts": [text]}).json["texts"] == [text]


def test_status_tells_modes_engines_and_topics(call_both):
    facts = call_both("GET", routes.STATUS).json["facts"]

    assert facts["modes"].split(", ") == list(Mode)
    assert facts["engines"] == "comprehend, embedded"
    assert facts["topics"].split(", ") == list(Topic)


def test_openapi_names_every_route(call):
    assert set(ALL_ROUTES) <= set(call("GET", routes.OPENAPI).json["paths"])


def test_unknown_mode_is_422_with_the_allowed_ones(call):
    reply = call("POST", routes.TRANSFORM_TEXTS, {"mode": "upside-down", "texts": []})
    assert reply.status == 422
    (detail,) = reply.error["details"]
    assert (detail["path"], detail["value"]) == ("body.mode", "upside-down")
    assert all(mode in detail["allowed"] for mode in Mode)


@pytest.mark.parametrize("route", ENGINE_ROUTES)
@pytest.mark.parametrize("engine", ["comprehend", "oracle", "EMBEDDED", "a" * 1000])
def test_unknown_engine_is_422_with_the_allowed_ones(call, route, engine):
    wish = {"sentiment": "mixed"} if route in (routes.RATE_TEXTS, routes.FILTER_TEXTS) else {}
    criteria = {"criteria": [{"sentiment": "mixed"}]} if route == routes.FILTER_TEXTS_FULLY else {}

    reply = call("POST", route.format(engine=engine), {"texts": [], **wish, **criteria})

    assert reply.status == 422
    (detail,) = reply.error["details"]
    assert (detail["path"], detail["allowed"]) == ("path.engine", "embedded")


def test_an_engine_that_this_deployment_does_not_use_is_422(call):
    reply = call("POST", routes.TRANSFORM_TEXTS, {"mode": "hide-mixed", "texts": [], "model": "comprehend"})

    assert reply.status == 422
    assert reply.error["details"][0]["path"] == "body.model"


GOOD = {
    routes.TRANSFORM_TEXTS: {"mode": "hide-mixed", "texts": ["a"]},
    routes.RATE_TEXTS: {"sentiment": "mixed", "texts": ["a"]},
    routes.RATE_TEXTS_FULLY: {"texts": ["a"]},
    routes.FILTER_TEXTS: {"sentiment": "mixed", "texts": ["a"]},
    routes.FILTER_TEXTS_FULLY: {"criteria": [{"sentiment": "mixed"}], "texts": ["a"]},
    routes.CLASSIFY_TOPICS: {"texts": ["a"]},
    routes.FILTER_TOPICS: {"topics": ["sport"], "texts": ["a"]},
}
WRONG = {
    "mode": ["", "XXX", 1, None, ["xxx"]],
    "texts": ["a", [None], [1], [["a"]], None, {"a": 1}],
    "rating": [-0.01, 1.01, "high", [0.5]],
    "model": ["oracle", 1],
    "criteria": [
        [], "a", [1], [{}], [{"sentiment": "sad"}], [{"sentiment": "mixed", "at_least": 2}],
        [{"sentiment": "mixed", "at_least": 0.5, "below": 0.5}], [{"sentiment": "mixed", "x": 1}],
        [{"sentiment": "mixed"}] * 21,
    ],
    "combine": ["xor", "AND", 1, None],
    "sentiment": ["sad", 1, None],
    "at_least": [-1, 1.5, "a", None],
    "below": [-1, 1.5, "a", 0],
    "topics": ["sport", [], ["weather"], [1], ["sport"] * 9],
}  # fmt: skip
FIELDS = {
    routes.TRANSFORM_TEXTS: ["mode", "texts", "rating", "model", "criteria", "combine"],
    routes.RATE_TEXTS: ["texts", "sentiment"],
    routes.RATE_TEXTS_FULLY: ["texts"],
    routes.FILTER_TEXTS: ["texts", "sentiment", "at_least", "below"],
    routes.FILTER_TEXTS_FULLY: ["texts", "criteria", "combine"],
    routes.CLASSIFY_TOPICS: ["texts"],
    routes.FILTER_TOPICS: ["texts", "topics", "at_least", "combine"],
}


@pytest.mark.parametrize(
    ("route", "field", "value"),
    [
        (route, field, value)
        for route, fields in FIELDS.items()
        for field in fields
        for value in WRONG[field]
        if (route, field, value) != (routes.TRANSFORM_TEXTS, "criteria", [])
    ],
)
def test_each_wrong_field_is_422_and_named(call, route, field, value):
    reply = call("POST", embedded(route), {**GOOD[route], field: value})

    assert reply.status == 422
    assert all(detail["path"].startswith(("body." + field, "body")) for detail in reply.error["details"])
    assert reply.error["details"][0]["message"]


@pytest.mark.parametrize("route", ALL_ROUTES)
@pytest.mark.parametrize(
    "body",
    [
        "", "{", "null", "[]", "1", '"texts"', "{}", '{"texts": [', b"\xff\xfe{", b"\x00",
        '{"texts": ["\\ud800"]}', "[" * 100_000, '{"a":' * 100_000, '{"texts": [1e999999]}', "1" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_request_is_422(call, route, body):
    assert call("POST", embedded(route), body).status == 422


@pytest.mark.parametrize("route", ALL_ROUTES)
def test_a_good_request_with_something_more_is_422(call, route):
    assert call("POST", embedded(route), GOOD[route]).status == 200
    assert call("POST", embedded(route), {**GOOD[route], "more": 1}).status == 422


def test_null_bytes_and_other_controls_are_text(call):
    text = "a\x00b\x1f\x7f\ufeff\u202e"
    assert call("POST", routes.TRANSFORM_TEXTS, {"mode": "xxx", "texts": [text]}).status == 200
    assert call("POST", embedded(routes.RATE_TEXTS_FULLY), {"texts": [text]}).status == 200


def test_too_much_is_422(call):
    assert call("POST", routes.CLASSIFY_TOPICS, " " * (MAX_BODY_BYTES + 1)).error["code"] == "too-large"
    many = json.dumps({"texts": [""] * (MAX_TEXTS + 1)})
    assert call("POST", routes.CLASSIFY_TOPICS, many).error["details"][0]["allowed"] == MAX_TEXTS


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(WRONG)), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(ALL_ROUTES), ANY_JSON, st.sampled_from(list(WRONG)))
def test_no_json_makes_it_fail(call, route, value, field):
    body = json.dumps({**GOOD[route], field: value})

    assert call("POST", embedded(route), body).status in (200, 422)


def test_texts_are_never_logged(call_both):
    call_both("POST", routes.TRANSFORM_TEXTS, {"mode": "xxx", "texts": ["private words"]})
    call_both("POST", routes.TRANSFORM_TEXTS, {"mode": "xxx-negative", "texts": ["private words fails"]})
    call_both("POST", routes.TRANSFORM_TEXTS, {"mode": "xxx", "texts": ["private words", 1]})
    assert "private" not in call_both.log.getvalue()
