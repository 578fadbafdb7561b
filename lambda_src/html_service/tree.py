"""Follows the tree of a page just far enough to know how a browser reads the rest of it.

Two things in tokenizing depend on the tree (HTML Standard, section 13.2.6): inside SVG and MathML there are CDATA
sections and `<style>` or `<title>` hold no raw text, and in a few places a start tag is ignored. Following the whole
tree would mean to build it. Instead this class knows when it is *certain*, and from the first construct whose
meaning would take the whole tree it says that it is not: the segmenter then only goes on where all readings of the
page are the same, so that a page is never edited at a place that only we took for text.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

VOID = frozenset(
    b"area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr".split()
)
"""Elements without content; `<image>` is read as `<img>`."""

_BREAKS_OUT = frozenset(
    b"b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta "
    b"nobr ol p pre ruby s small span strong strike sub sup table tt u ul var".split()
)
"""Start tags that end all SVG and MathML around them."""

_DEPENDS_ON_MORE = frozenset(b"html head body frame table caption colgroup col thead tbody tfoot tr th td form".split())
"""Start tags of HTML inside SVG that are ignored, or close the SVG, depending on what is open around it."""

_NEVER_CERTAIN = frozenset((b"frameset", b"mglyph", b"malignmark"))
"""Start tags behind which we stop being certain wherever they stand."""

_HTML = b"html"
_HOLDS_HTML = {
    b"svg": frozenset((b"foreignobject", b"desc", b"title")),
    b"math": frozenset(b"mi mo mn ms mtext".split()),
}

HOLDING_HTML = frozenset((b"annotation-xml",)).union(*_HOLDS_HTML.values())
"""Elements of SVG and MathML in which HTML may stand."""

HIDING = frozenset((b"style", b"script"))
"""Elements whose text is not for reading in SVG and MathML either."""

MINDED = _NEVER_CERTAIN | {*_HOLDS_HTML, b"select", b"template"}
"""Names that matter outside SVG and MathML too."""

DEEPEST_FOLLOWED = 5_000
"""Elements inside an SVG that are followed. None has so many; a hostile one of millions would take all memory."""


class _Element(NamedTuple):
    name: bytes
    space: bytes

    @property
    def holds_html(self) -> bool:
        """Whether what stands in it is read as HTML."""
        return self.space == _HTML or self.name in _HOLDS_HTML[self.space]


class Tree:
    """What is known about the place in the tree that has been reached.

    Elements are followed only from an `<svg>` or `<math>` on, and until it is closed.
    """

    def __init__(self) -> None:
        self.certain = True
        self._open: list[_Element] = []
        self._in_select = False

    @cached_property
    def _may_hide(self) -> bool:
        return any(element.name in HIDING and element.space != _HTML for element in self._open)

    @property
    def reads_html(self) -> bool:
        """Whether start tags here are HTML; only meaningful while certain."""
        return not self._open or self._open[-1].holds_html

    @property
    def reads_cdata(self) -> bool:
        """Whether CDATA sections exist here; only meaningful while certain."""
        return bool(self._open) and self._open[-1].space != _HTML

    @property
    def is_plain(self) -> bool:
        """Whether only tags with a name of `MINDED` may change anything here."""
        return not self._open

    @property
    def hides_text(self) -> bool:
        """Whether text here is not for reading: the style sheets and scripts of SVG.

        Nothing is followed any more once it is not certain; whatever was open then may be what a text stands in.
        """
        if not self.certain:
            return self._may_hide
        return bool(self._open) and not self.reads_html and self._open[-1].name in HIDING

    def minds(self, name: bytes) -> bool:
        """Whether a tag with this name may change anything here; most do not, and are soon dealt with."""
        return bool(self._open) or name in MINDED

    def honours(self, name: bytes) -> bool:
        """Whether it is certain that a start tag of HTML with this name is not ignored."""
        return self.certain and (name == b"script" or not self._in_select)

    def start(self, name: bytes, *, self_closing: bool, breaks_out: bool) -> None:
        """Take notice of a start tag.

        :param breaks_out: whether it is a `<font>` with one of the attributes that make it end SVG and MathML.
        """
        if len(self._open) >= DEEPEST_FOLLOWED:
            self.certain = False
        if not self.certain:
            return
        if not self.reads_html and (name in _BREAKS_OUT or breaks_out):
            while self._open and not self._open[-1].holds_html:
                self._open.pop()
        if self.reads_html:
            self._start_html(name, self_closing)
        elif name == b"annotation-xml":
            self.certain = False  # what it holds depends on an attribute and on the child
        elif not self_closing:
            self._open.append(_Element(name, self._open[-1].space))

    def end(self, name: bytes) -> None:
        """Take notice of an end tag."""
        if name == b"select":
            self._in_select = False
        if not self._open or not self.certain:
            return
        if self._open[-1].space == _HTML:
            self._close_strictly(name)
        else:
            self._close_foreign(name)

    def _start_html(self, name: bytes, self_closing: bool) -> None:
        if self._in_select and name in (b"svg", b"math", b"template"):
            self.certain = False  # browsers before and after 2025 differ
        elif name in _NEVER_CERTAIN or (self._open and name in _DEPENDS_ON_MORE):
            self.certain = False
        elif name in _HOLDS_HTML:
            if not self_closing:
                self._open.append(_Element(name, name))
        elif self._open and name not in VOID:
            self._open.append(_Element(name, _HTML))
        self._in_select = self._in_select or name == b"select"

    def _close_strictly(self, name: bytes) -> None:
        """Close HTML inside SVG; anything but clean nesting would need the whole tree."""
        if self._open.pop().name != name:
            self.certain = False

    def _close_foreign(self, name: bytes) -> None:
        for depth in range(len(self._open) - 1, -1, -1):
            element = self._open[depth]
            if element.space == _HTML:
                break
            if element.name == name:
                del self._open[depth:]
                return
        self.certain = False
