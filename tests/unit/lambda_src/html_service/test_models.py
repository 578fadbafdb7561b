import pytest
from pydantic import ValidationError

from contract.modes import Engine, Mode
from lambda_src.html_service.models import PageReply, PageRequest, TransformOptions


def test_a_page_travels_in_base64():
    assert PageReply.model_construct(html=b"<\xff>").model_dump_json() == '{"html":"PP8+"}'
    assert PageRequest.model_validate_json('{"html":"PP8+"}').html == b"<\xff>"


@pytest.mark.parametrize("html", ["PP8", "P P8+", "PP8+\\n", "PP8-", "é"])
def test_what_is_no_base64(html):
    with pytest.raises(ValidationError):
        PageRequest.model_validate_json(f'{{"html":"{html}"}}')


def test_options_are_read_from_a_query():
    options = TransformOptions.model_validate_strings({"mode": "hide-mixed", "rating": "1", "model": "embedded"})
    assert (options.mode, options.rating, options.model, options.charset) == (
        Mode.HIDE_MIXED, 1.0, Engine.EMBEDDED, None,
    )  # fmt: skip
