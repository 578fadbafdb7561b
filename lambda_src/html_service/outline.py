"""Makes nodes of a page, and a page of nodes. Pure.

Nesting goes by what is written: an end tag ends the nearest open element of its name, and the end tags that HTML lets
people leave out are understood where the next tag stands right inside. Source: HTML Standard, section 13.1.2.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lambda_src.html_service import charset, tokenizer
from lambda_src.html_service.encodings import Encoding
from lambda_src.html_service.escaping import Place, read_text, write_text
from lambda_src.html_service.nodes import DEEPEST, Bytes, ElementNode, Node, RawNode, TextNode, Written
from lambda_src.html_service.segmenter import Segment, find_markups, find_segments, is_readable
from lambda_src.html_service.tokenizer import Attribute, Kind, Markup
from lambda_src.html_service.tree import VOID

_ENDS = {
    "li": frozenset(("li",)),
    "dt": frozenset(("dt", "dd")),
    "dd": frozenset(("dt", "dd")),
    "p": frozenset(("p",)),
    "option": frozenset(("option",)),
    "optgroup": frozenset(("option", "optgroup")),
    "tr": frozenset(("tr", "td", "th")),
    "td": frozenset(("td", "th")),
    "th": frozenset(("td", "th")),
    "tbody": frozenset(("thead", "tbody", "tr", "td", "th")),
    "tfoot": frozenset(("thead", "tbody", "tr", "td", "th")),
}
"""Start tags, and the elements that they end if they stand right inside them."""

_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figcaption", "figure", "footer",
     "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "menu", "nav", "ol", "pre", "section", "table",
     "ul")
)  # fmt: skip
"""Start tags that end a paragraph too."""


MOST_NODES = 100_000
"""More would not fit into what Lambda lets through, and take hundreds of megabytes of memory before."""


@dataclass
class Outline:
    """A page as nodes.

    :ivar nodes: those at the top.
    :ivar node_count: how many there are in all.
    :ivar max_depth: how many elements are inside each other at most.
    :ivar owners: for each text of the page, those in attributes too, the tag of the element that it is in.
    """

    nodes: list[Node] = field(default_factory=list)
    node_count: int = 0
    max_depth: int = 0
    owners: list[str] = field(default_factory=list)


class TooManyNodesError(Exception):
    """A page has more nodes than fit into a reply."""


class _Builder:
    """Puts nodes where they belong, in the order of the page."""

    def __init__(self) -> None:
        self.outline = Outline()
        self._open: list[ElementNode] = []

    @property
    def innermost(self) -> str:
        """Name of the element that is open; empty if none is."""
        return self._open[-1].tag if self._open else ""

    def add(self, node: Node) -> None:
        (self._open[-1].nodes if self._open else self.outline.nodes).append(node)
        self.outline.node_count += 1
        if self.outline.node_count > MOST_NODES:
            raise TooManyNodesError
        self.outline.max_depth = max(self.outline.max_depth, len(self._open) + isinstance(node, ElementNode))

    def start(self, element: ElementNode, *, is_empty: bool) -> None:
        name = element.tag.lower()
        ended = _ENDS.get(name, frozenset(("p",)) if name in _BLOCKS else frozenset())
        while self._open and self._open[-1].tag.lower() in ended:
            self._open.pop()
        self.add(element)
        if not is_empty and len(self._open) < DEEPEST:
            self._open.append(element)

    def end(self, name: str, written: Written) -> None:
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth].tag.lower() == name:
                self._open[depth].end = written
                del self._open[depth:]
                return
        self.add(RawNode(data=written))


def to_outline(page: bytes, encoding: Encoding, shown: Mapping[str, str] | None = None) -> Outline:
    """Return a page as nodes; one in an encoding in which we read no text is a single raw node.

    :param shown: what stands in a node for a text, for example its hash; the texts themselves if there is none.
    :raises TooManyNodesError: if there are more than `MOST_NODES`.
    """
    if encoding.codec is None:
        return Outline([RawNode(data=_as_bytes(page))], node_count=1) if page else Outline()
    # Each node has at most a start and an end.
    markups = find_markups(page, 2 * MOST_NODES + 1)
    # Most of what is too much is known before anything is made of it.
    if len(markups) > 2 * MOST_NODES or sum(markup.kind is not Kind.END for markup in markups) > MOST_NODES:
        raise TooManyNodesError
    reader = _Reader(page, encoding.codec, find_segments(page, encoding), shown or {})
    position = charset.mark_length(page)
    if position:
        reader.builder.add(RawNode(data=reader.written(0, position)))
    for markup in markups:
        reader.read_between(position, markup.start)
        reader.read_markup(markup)
        position = markup.end
    reader.read_between(position, len(page))
    return reader.builder.outline


class _Reader:
    """Makes nodes of pieces of a page."""

    def __init__(self, page: bytes, codec: str, segments: Sequence[Segment], shown: Mapping[str, str]) -> None:
        self.builder = _Builder()
        self._page = page
        self._codec = codec
        self._all_comes_back = _comes_back(page, codec)
        self._segments = {segment.start: segment for segment in segments}
        self._shown = shown

    def written(self, start: int, end: int) -> Written:
        """Return what stands between two offsets, just as it is written."""
        data = self._page[start:end]
        return data.decode(self._codec) if self._all_comes_back or _comes_back(data, self._codec) else _as_bytes(data)

    def read_between(self, start: int, end: int) -> None:
        """Read what stands between two pieces of markup."""
        if start == end:
            return
        segment = self._segments.get(start)
        if segment is None or segment.end != end:
            self.builder.add(RawNode(data=self.written(start, end)))
            return
        self.builder.outline.owners.append(self.builder.innermost)
        text = self._shown.get(segment.text, segment.text)
        self.builder.add(TextNode(data=text, source=self.written(start, end)))

    def read_markup(self, markup: Markup) -> None:
        written = self.written(markup.start, markup.end)
        match markup.kind:
            case Kind.START:
                element = _element(self._page, markup, self._codec, self._value)
                element.start = written
                self.builder.outline.owners += [element.tag] * self._count(markup)
                is_empty = markup.self_closing or markup.name in VOID
                self.builder.start(element, is_empty=is_empty)
            case Kind.END:
                self.builder.end(markup.name.decode(self._codec, "replace"), written)
            case _:
                self.builder.add(RawNode(data=written))

    def _count(self, tag: Markup) -> int:
        found = tokenizer.attributes(self._page, tag) if tag.attributes_end else ()
        return sum(attribute.start in self._segments for attribute in found)

    def _value(self, value: Attribute) -> str | None:
        segment = self._segments.get(value.start)
        return self._shown.get(segment.text) if segment else None


def _element(
    page: bytes, tag: Markup, codec: str, shown: Callable[[Attribute], str | None] = lambda _: None
) -> ElementNode:
    """Return an element without what is in it, and without how it is written.

    :param shown: what stands for the value of an attribute; None where that is the value itself.
    """
    attrs: dict[str, str | None] = {}
    for name, value in tokenizer.all_attributes(page, tag) if tag.attributes_end else ():
        known = name.decode(codec, "replace")
        if value is None:
            attrs[known] = None
            continue
        attrs[known] = shown(value) or read_text(page[value.start : value.end], codec, Place.DOUBLE_QUOTED)
    called = page[tag.start + 1 : tag.start + 1 + len(tag.name)].decode(codec, "replace")
    # Not checked again: what a page's tags are called is not always what may be written.
    return ElementNode.model_construct(tag=called, attrs=attrs, nodes=[], start=None, end=None)


def _comes_back(data: bytes, codec: str) -> bool:
    """Return whether bytes are the same again when they were text; some characters can be written in two ways."""
    try:
        return data.decode(codec).encode(codec) == data
    except UnicodeError:
        return False


def _as_bytes(data: bytes) -> Bytes:
    return Bytes.model_construct(base64=data)


def to_page(nodes: list[Node], encoding: Encoding) -> bytes:
    """Return the page that nodes describe.

    :raises ValueError: if the encoding is one in which we write no text, and there is more to write than bytes.
    """
    if encoding.codec is not None:
        return b"".join(_write(nodes, encoding.codec))
    pieces = [node.data for node in nodes if isinstance(node, RawNode)]
    known = [piece.base64 for piece in pieces if isinstance(piece, Bytes)]
    if len(known) != len(nodes):
        raise ValueError(f"pages in {encoding.name} are left alone")
    return b"".join(known)


def _write(nodes: list[Node], codec: str) -> Iterator[bytes]:
    for node in nodes:
        match node:
            case TextNode():
                yield _write_text(node, codec)
            case RawNode():
                yield _just_so(node.data, codec)
            case ElementNode():
                yield _write_start(node, codec)
                yield from _write(node.nodes, codec)
                yield _just_so(node.end or "", codec)


def _just_so(written: Written, codec: str) -> bytes:
    return written.base64 if isinstance(written, Bytes) else written.encode(codec, "xmlcharrefreplace")


def _write_text(node: TextNode, codec: str) -> bytes:
    if node.source is not None:
        written = _just_so(node.source, codec)
        if read_text(written, codec, Place.TEXT) == node.data:
            return written
    return write_text(node.data, codec, Place.TEXT)


def _write_start(node: ElementNode, codec: str) -> bytes:
    tag = None
    if node.start is not None:
        written = _just_so(node.start, codec)
        tag = tokenizer.find_markup(written, 0)
        if tag and tag.kind is Kind.START and (tag.start, tag.end) == (0, len(written)):
            meant = _element(written, tag, codec)
            if (meant.tag, meant.attrs) == (node.tag, node.attrs):
                return written
    name = node.tag.encode(codec, "xmlcharrefreplace")
    attributes = b"".join(_write_attribute(*each, codec) for each in node.attrs.items())
    return b"<%b%b%b>" % (name, attributes, b"/" if tag and tag.self_closing else b"")


def _write_attribute(name: str, value: str | None, codec: str) -> bytes:
    written = name.encode(codec, "xmlcharrefreplace")
    return b" " + written if value is None else b' %b="%b"' % (written, write_text(value, codec, Place.DOUBLE_QUOTED))


def measure(nodes: list[Node]) -> Outline:
    """Return nodes with their number and depth."""
    count = depth = 0
    level = list(nodes)
    while level:
        count += len(level)
        elements = [node for node in level if isinstance(node, ElementNode)]
        depth += bool(elements)
        level = [inner for node in elements for inner in node.nodes]
    return Outline(nodes, count, depth)


def view(nodes: list[Node]) -> str:
    """Return the nodes as a tree of lines for people: elements with their attributes, and texts."""
    return "\n".join(_lines(nodes, 0))


def _lines(nodes: list[Node], depth: int) -> Iterator[str]:
    for node in nodes:
        match node:
            case TextNode():
                yield f"{'    ' * depth}TEXT: {node.data.strip()}"
            case ElementNode():
                attributes = "".join(f' {name}="{value or ""}"' for name, value in node.attrs.items())
                yield f"{'    ' * depth}{node.tag}{attributes}"
                yield from _lines(node.nodes, depth + 1)
            case RawNode():
                continue


def put_back(nodes: list[Node], texts: Mapping[str, str]) -> list[Node]:
    """Return the nodes with texts in the place of what stands for them, in attributes that a person reads too.

    Others stay as they are: a page may have something like a hash in an `onclick`, and no text may become a script.
    """
    return [_put_back(node, texts) for node in nodes]


def _put_back(node: Node, texts: Mapping[str, str]) -> Node:
    match node:
        case TextNode():
            return node.model_copy(update={"data": texts.get(node.data, node.data)})
        case ElementNode():
            readable = _readable(node)
            attrs = {
                name: texts.get(value, value) if value and name in readable else value
                for name, value in node.attrs.items()
            }
            return node.model_copy(update={"attrs": attrs, "nodes": put_back(node.nodes, texts)})
        case RawNode():
            return node


def _readable(node: ElementNode) -> frozenset[str]:
    """Return the names of an element's attributes that a person reads."""
    kind = next((value or "" for name, value in node.attrs.items() if name.lower() == "type"), "")
    return frozenset(name for name in node.attrs if is_readable(_lower(node.tag), _lower(name), _lower(kind)))


def _lower(name: str) -> bytes:
    return name.encode(errors="replace").lower()
