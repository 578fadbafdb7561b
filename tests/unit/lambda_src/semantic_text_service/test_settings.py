import pytest

from contract import environment
from contract.modes import Engine
from lambda_src.semantic_text_service.settings import read_engines
from lambda_src.shared.settings import SettingsError


@pytest.mark.parametrize(
    ("value", "engines"),
    [
        (None, (Engine.EMBEDDED,)),
        ("embedded", (Engine.EMBEDDED,)),
        ("comprehend,embedded", (Engine.COMPREHEND, Engine.EMBEDDED)),
    ],
)
def test_engines(value, engines):
    assert read_engines({environment.SENTIMENT_ENGINES: value} if value else {}) == engines


@pytest.mark.parametrize("value", ["", "oracle", "embedded,", "embedded comprehend"])
def test_an_unknown_engine_is_refused_with_those_that_exist(value):
    with pytest.raises(SettingsError, match="out of embedded, comprehend"):
        read_engines({environment.SENTIMENT_ENGINES: value})
