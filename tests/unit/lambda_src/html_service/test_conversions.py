import pytest

from lambda_src.html_service import conversions
from lambda_src.html_service.conversions import TextFound
from lambda_src.html_service.logic import MAX_PAGE_BYTES
from lambda_src.html_service.nodes import TextNode
from lambda_src.html_service.outline import MOST_NODES
from lambda_src.shared.errors import InvalidInputError

PAGE = b"<h1>Title</h1><p title='Title'>Text</p><script>no</script> "
TITLE, TEXT = "b78a322350", "9dffbf69ff"
COLLISION = ("text 361165", "text 1845450")
"""Two texts whose MD5 begins with the same ten digits, found by trying."""

MAPPING = {TITLE: "Title", TEXT: "Text"}


def test_hashes_are_the_first_ten_digits_of_md5():
    assert conversions.to_hashes(PAGE, "utf-8") == ("utf-8", MAPPING)


def test_a_page_with_hashes_and_back():
    page, mapping = conversions.with_hashes(PAGE, "utf-8")
    assert page == PAGE.replace(b"Title<", TITLE.encode() + b"<").replace(b"'Title'", f"'{TITLE}'".encode()).replace(
        b"Text", TEXT.encode()
    )
    assert mapping == MAPPING


def test_nodes_with_hashes_and_back():
    found = conversions.to_dict(PAGE, "utf-8", hashed=True)
    assert found.hash_mapping == MAPPING
    assert found.outline.nodes[1].attrs == {"title": TITLE}
    assert conversions.from_hashes(found.outline.nodes, MAPPING, "utf-8") == PAGE
    changed = conversions.from_hashes(found.outline.nodes, {**MAPPING, TEXT: "<b>"}, "utf-8")
    assert changed == PAGE.replace(b"Text", b"&lt;b&gt;")


def test_colliding_texts_are_told_apart():
    one, other = COLLISION
    page = f"<p>{one}<p>{other}<p>{one}".encode()
    mapping = conversions.to_hashes(page, "utf-8")[1]
    assert sorted(mapping.values()) == sorted((one, other))
    found = conversions.to_dict(page, "utf-8", hashed=True)
    assert conversions.from_hashes(found.outline.nodes, mapping, None) == page


def test_text_nodes():
    assert conversions.to_text_nodes(PAGE, None) == [
        TextFound(TITLE, "Title", "h1", "text"),
        TextFound(TITLE, "Title", "p", "attribute"),
        TextFound(TEXT, "Text", "p", "text"),
    ]


def test_nodes_are_written_in_the_encoding_that_is_asked_for():
    assert conversions.from_dict([TextNode(data="é")], None) == "é".encode()
    assert conversions.from_dict([TextNode(data="é")], "iso-8859-1") == b"\xe9"


@pytest.mark.parametrize("label", ["utf-16", "klingon", "iso-2022-jp"])
def test_encodings_in_which_nothing_is_written(label):
    with pytest.raises(InvalidInputError) as caught:
        conversions.from_dict([TextNode(data="a")], label)
    assert (caught.value.code, caught.value.details[0].value) == ("unknown-charset", label)


@pytest.mark.parametrize(
    "convert", [conversions.to_dict, conversions.to_hashes, conversions.with_hashes, conversions.to_text_nodes]
)
def test_too_large_a_page(convert):
    with pytest.raises(InvalidInputError, match=str(MAX_PAGE_BYTES)):
        convert(bytes(MAX_PAGE_BYTES + 1), None)


def test_nodes_that_make_too_large_a_page():
    with pytest.raises(InvalidInputError, match=str(MAX_PAGE_BYTES)):
        conversions.from_dict([TextNode(data="x" * (MAX_PAGE_BYTES + 1))], None)


def test_too_many_nodes():
    with pytest.raises(InvalidInputError) as caught:
        conversions.to_dict(b"<b>" * (MOST_NODES + 1), None)
    assert (caught.value.code, caught.value.details[0].allowed) == ("too-many-nodes", MOST_NODES)
