"""What two parsers that follow the standard see in a page: its elements, and the text that nobody reads.

Neither is ours: html5lib is the standard's own algorithm written down in Python, lexbor is one of a browser engine's
kind in C. A page is only compared with what the same parser made of it before, so their differences do not matter.
"""

from contextlib import suppress

import html5lib
from selectolax.lexbor import LexborHTMLParser

from lambda_src.html_service.outline import TooManyNodesError, put_back, to_outline, to_page
from lambda_src.html_service.segmenter import find_segments, put_in_place, replace_segments

HOSTILE = "</script><script>alert(1)</script>\"'<!--& ]]></title></textarea></style>--> x=y ` \r\n"
EMPTY = ""
"""What takes a text away; where nothing were left, some elements would end up elsewhere."""

TEXTS = (HOSTILE, EMPTY)

READ = frozenset(("alt", "placeholder", "aria-label"))
"""Attributes that a person reads in every element."""

GIVES_UP = (AssertionError, AttributeError, IndexError, RecursionError, ValueError)
"""What html5lib raises on a few pages instead of a tree."""


def check(page, encoding):
    """Fail if a page loses a byte, or if texts that are put in are more than text.

    :raises AssertionError: if it does.
    """
    segments = find_segments(page, encoding)
    assert replace_segments(page, encoding, [None] * len(segments)) == page
    assert replace_segments(page, encoding, [segment.text for segment in segments]) == page
    if encoding.codec is None:
        assert not segments
    elif segments:
        others = [put_in_place(page, encoding, segments, [text] * len(segments)) for text in TEXTS]
        _judge(page, [*others, *_put_back(page, encoding)], encoding)


class _Everything(dict):
    """Texts by hashes, where whatever stands in a page is the hash of a hostile text."""

    def get(self, *_):
        return HOSTILE


def _put_back(page, encoding):
    """Yield the page of nodes with hostile text in the place of all that may be a hash; none if it is huge."""
    with suppress(TooManyNodesError):
        yield to_page(put_back(to_outline(page, encoding).nodes, _Everything()), encoding)


def _judge(page, others, encoding):
    before = by_lexbor(page, encoding)
    assert all(by_lexbor(other, encoding) == before for other in others), page
    try:
        before = by_html5lib(page, encoding)
    except GIVES_UP:
        return  # there is nothing to compare with
    assert all(by_html5lib(other, encoding) == before for other in others), page


def by_html5lib(page, encoding):
    """Return the tree as (depth, element, attributes), and the text that nobody reads.

    :raises GIVES_UP: if it makes nothing of the page.
    """
    shape, hidden = [], []

    def walk(element, depth):
        is_element = isinstance(element.tag, str)
        name = element.tag if is_element else "#comment"
        shape.append((depth, name, _attributes(name, element.attrib) if is_element else ""))
        if not is_element or name.endswith(("}script", "}style")):
            hidden.extend((element.text or "", *(child.tail or "" for child in element)))
        for child in element:
            walk(child, depth + 1)

    walk(html5lib.parse(page.decode(encoding.codec, "replace")), 0)
    return shape, "".join(hidden)


def by_lexbor(page, encoding):
    """Return the same as :func:`by_html5lib`, of another parser; it makes something of every page."""
    shape, hidden = [], []
    text = page.decode(encoding.codec, "replace")
    # At the very end of a page lexbor takes this for a comment of whatever it has read last.
    node, depth = LexborHTMLParser(text + ">" if text.endswith("<!") else text).root, 0
    while node is not None:
        name = node.tag or "#instruction"
        if name != "-text":
            is_element = name[0] not in "-#"
            shape.append((depth, name, _attributes(name, node.attributes) if is_element else ""))
            if not is_element:
                hidden.append(node.comment_content or "")
            elif name in ("script", "style"):
                hidden += [child.text_content or "" for child in node.iter(include_text=True) if child.tag == "-text"]
        node, depth = _next(node, depth)
    return shape, "".join(hidden)


def _attributes(tag, attributes):
    """Return the attributes of an element, each with its value if nobody reads that."""
    tag = tag.rpartition("}")[2]
    kind = (attributes.get("type") or "").lower()
    return sorted((str(name), not _is_read(tag, name, kind) and value) for name, value in attributes.items())


def _is_read(tag, name, kind):
    if name == "value":
        return tag == "input" and kind in ("button", "submit", "reset")
    return name in READ or (name == "title" and tag not in ("link", "style", "script", "meta"))


def _next(node, depth):
    """Return the node that follows in the order of the page, and its depth; None behind the last one."""
    if node.tag != "-text" and node.child is not None:
        return node.child, depth + 1
    while node.next is None:
        node, depth = node.parent, depth - 1
        if depth <= 0:
            return None, 0
    return node.next, depth
