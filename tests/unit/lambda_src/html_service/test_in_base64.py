import pytest
from pydantic import TypeAdapter, ValidationError

from lambda_src.html_service.in_base64 import InBase64

KIND = TypeAdapter(InBase64)


@pytest.mark.parametrize(("text", "data"), [('""', b""), ('"//79"', b"\xff\xfe\xfd"), ('"YQ=="', b"a")])
def test_both_ways(text, data):
    assert KIND.validate_json(text) == data
    assert KIND.dump_json(data).decode() == text


@pytest.mark.parametrize("text", ["1", "null", '"a"', '"a b="', '"YQ"', '"é"'])
def test_what_is_no_base64(text):
    with pytest.raises(ValidationError):
        KIND.validate_json(text)
