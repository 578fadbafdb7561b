import pytest

from contract import routes
from contract.modes import Mode
from lambda_src.semantic_text_service.routes import build_application


@pytest.fixture
def call(caller):
    return caller(build_application)


@pytest.mark.parametrize(("mode", "text"), [(Mode.OFF, "Hi 1!"), (Mode.ROUNDTRIP, "Hi 1!"), (Mode.XXX, "xx x!")])
def test_transform(call, mode, text):
    reply = call("POST", routes.TRANSFORM_TEXTS, {"mode": mode, "texts": ["Hi 1!", ""]})
    assert reply.status == 200
    assert reply.json == {"mode": mode, "texts": [text, ""]}


def test_no_texts(call):
    assert call("POST", routes.TRANSFORM_TEXTS, {"mode": "xxx", "texts": []}).json["texts"] == []


def test_every_character_survives(call):
    text = "".join(map(chr, range(0x20, 0x3000))) + "😀"
    assert call("POST", routes.TRANSFORM_TEXTS, {"mode": "roundtrip", "texts": [text]}).json["texts"] == [text]


def test_unknown_mode_is_422_with_the_allowed_ones(call):
    reply = call("POST", routes.TRANSFORM_TEXTS, {"mode": "upside-down", "texts": []})
    assert reply.status == 422
    (detail,) = reply.error["details"]
    assert (detail["path"], detail["value"]) == ("body.mode", "upside-down")
    assert all(mode in detail["allowed"] for mode in Mode)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"mode": "xxx"},
        {"mode": "xxx", "texts": "a"},
        {"mode": "xxx", "texts": [None]},
        {"mode": "xxx", "texts": [], "x": 1},
    ],
)
def test_bad_body_is_422(call, body):
    assert call("POST", routes.TRANSFORM_TEXTS, body).status == 422


def test_texts_are_never_logged(call):
    call("POST", routes.TRANSFORM_TEXTS, {"mode": "xxx", "texts": ["private words"]})
    call("POST", routes.TRANSFORM_TEXTS, {"mode": "xxx", "texts": ["private words", 1]})
    assert "private" not in call.log.getvalue()
