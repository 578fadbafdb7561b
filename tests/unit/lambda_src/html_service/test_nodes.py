import pytest
from pydantic import ValidationError

from lambda_src.html_service.nodes import DEEPEST, HtmlDict, RawNode, TextNode


def nested(depth):
    return '{"nodes":[' + '{"tag":"b","nodes":[' * depth + "]}" * depth + "]}"


def test_nodes_are_told_apart_by_what_they_have():
    paragraph = '{"tag":"p","attrs":{"hidden":null,"id":"a"},"nodes":[{"type":"TEXT","data":"x"}]}'
    element, raw = HtmlDict.model_validate_json(f'{{"nodes":[{paragraph},{{"type":"RAW","data":" "}}]}}').nodes
    assert (element.tag, element.attrs, element.nodes) == ("p", {"hidden": None, "id": "a"}, [TextNode(data="x")])
    assert raw == RawNode(data=" ")


def test_the_deepest_page_that_is_told_can_be_read_again():
    for _ in range(2):
        found = HtmlDict.model_validate_json(nested(DEEPEST))
        assert HtmlDict.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(
    "node",
    [
        '{"tag":"a b"}', '{"tag":""}', '{"tag":"1"}', '{"tag":"a>"}', '{"tag":"a","attrs":{"x y":"z"}}',
        '{"tag":"a","attrs":{"":"z"}}', '{"tag":"a","attrs":{"x>":"z"}}', '{"tag":"a","attrs":{"x=":"z"}}',
        '{"type":"TEXT"}', '{"type":"OTHER","data":""}', '{"tag":"a","colour":1}', "1", "[]", "null",
    ],
)  # fmt: skip
def test_what_is_no_node(node):
    with pytest.raises(ValidationError):
        HtmlDict.model_validate_json('{"nodes":[' + node + "]}")


def test_a_hundred_thousand_levels_are_no_node():
    with pytest.raises(ValidationError, match="recursion limit"):
        HtmlDict.model_validate_json(nested(100_000))
