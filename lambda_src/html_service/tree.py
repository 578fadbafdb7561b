"""Follows the tree of a page just far enough to know how a browser reads the rest of it.

Two things in tokenizing depend on the tree (HTML Standard, section 13.2.6): inside SVG and MathML there are CDATA
sections and `<style>` or `<title>` hold no raw text, and in a few places a start tag is ignored. Following the whole
tree would mean to build it. Instead this class knows when it is *certain*, and from the first construct whose
meaning would take the whole tree it says that it is not: the segmenter then only goes on where all readings of the
page are the same, so that a page is never edited at a place that only we took for text.

It is certain again behind the next start tag that ends all SVG and MathML around it, as `<p>` and `<div>` do. From
there on it need not know which elements are open, only that a start tag is read as HTML; and that lasts until an end
tag that may be the one of an element of SVG or MathML.
"""

from __future__ import annotations

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

_MAY_NOT_OPEN = _DEPENDS_ON_MORE | {b"select"}
"""Start tags of HTML behind which an element of that name is not certain to be open; a `<select>` may end another."""

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

MINDED = _NEVER_CERTAIN | {*_HOLDS_HTML, b"select", b"template", b"col"}
"""Names that matter outside SVG and MathML too."""

DEEPEST_FOLLOWED = 5_000
"""Elements inside an SVG that are followed, and names of them. None has so many; millions would take all memory."""


class _Element(NamedTuple):
    """An open element.

    :param holds_html: whether start tags in it are read as HTML.
    """

    name: bytes
    space: bytes
    holds_html: bool


_SOMEWHERE = _Element(b"", _HTML, holds_html=True)
"""Stands for all open elements where it is not known which they are."""


class Tree:
    """What is known about the place in the tree that has been reached.

    Elements are followed only from an `<svg>` or `<math>` on, and until it is closed.
    """

    def __init__(self) -> None:
        self.certain = True
        self._open: list[_Element] = []
        self._foreign: set[bytes] = set()
        """Names of all elements of SVG and MathML that may be open."""
        self._just_opened = False
        self._may_hide = False
        self._in_select = False
        self._templates = 0
        self._columns_in_template = False

    @property
    def reads_html(self) -> bool:
        """Whether start tags here are HTML; only meaningful while certain."""
        return not self._open or self._open[-1].holds_html

    @property
    def reads_cdata(self) -> bool | None:
        """Whether CDATA sections exist here; None if that is not certain.

        Of HTML inside SVG it never is, as some of its elements are over before their end tag.
        """
        if self.certain and not self._open:
            return False
        return True if self.certain and self._open[-1].space != _HTML else None

    @property
    def is_plain(self) -> bool:
        """Whether only tags with a name of `MINDED` may change anything here."""
        return not self._open

    @property
    def hides_text(self) -> bool:
        """Whether text here is not for reading: the style sheets and scripts of SVG.

        While it is not certain, whatever was open when that began may be what a text stands in.
        """
        if not self.certain:
            return self._may_hide
        return not self.reads_html and self._open[-1].name in HIDING

    def minds(self, name: bytes) -> bool:
        """Whether a tag with this name may change anything here; most do not, and are soon dealt with."""
        return bool(self._open) or name in MINDED

    def honours(self, name: bytes) -> bool:
        """Whether it is certain that a start tag of HTML with this name is not ignored."""
        return self.certain and not self._columns_in_template and (name == b"script" or not self._in_select)

    def start(self, name: bytes, *, self_closing: bool, breaks_out: bool, says_html: bool = False) -> None:
        """Take notice of a start tag.

        :param breaks_out: whether it is a `<font>` with one of the attributes that make it end SVG and MathML.
        :param says_html: whether it is an `<annotation-xml>` with an attribute that says that it holds HTML.
        """
        self._just_opened = False
        self._notice(name)
        breaks_out = breaks_out or name in _BREAKS_OUT
        if not self.certain:
            if not breaks_out or self._is_too_much:
                self._may_be_open(name)
                return
            self.certain = True
        if self._is_too_much:
            self._lose()
            return
        if breaks_out:
            while not self.reads_html:
                self._open.pop()
        if self.reads_html or (name == b"svg" and self._open[-1].name == b"annotation-xml"):
            self._start_html(name, self_closing)
        elif not self_closing:
            space = self._open[-1].space
            self._start_foreign(name, space, holds_html=name in _HOLDS_HTML[space] or (says_html and space == b"math"))

    def end(self, name: bytes) -> None:
        """Take notice of an end tag."""
        if name == b"template":
            self._templates = max(0, self._templates - 1)
            self._columns_in_template = self._columns_in_template and self._templates > 0
        elif name == b"select" and not self._templates:
            self._in_select = False
        if not self._open or not self.certain:
            return
        if self._open[-1].space == _HTML:
            self._close_html(name)
        else:
            self._close_foreign(name)
        self._just_opened = False
        if not self._open:
            self._foreign.clear()

    def _notice(self, name: bytes) -> None:
        """Remember in what HTML start tags are ignored; whether this is HTML does not matter."""
        if name == b"select":
            self._in_select = True
        elif name == b"template":
            self._templates += 1
        elif name == b"col" and self._templates:
            self._columns_in_template = True

    @property
    def _is_too_much(self) -> bool:
        return max(len(self._open), len(self._foreign)) >= DEEPEST_FOLLOWED

    def _may_be_open(self, name: bytes) -> None:
        """Remember the name of an element of SVG or MathML; there are never so many that memory would run out."""
        if not self._is_too_much:
            self._foreign.add(name)

    def _start_html(self, name: bytes, self_closing: bool) -> None:
        if name in _NEVER_CERTAIN or (self._in_select and name in (b"svg", b"math", b"template")):
            self._lose()  # of <select>, browsers before and after 2025 differ
            self._may_be_open(name)
        elif name in _HOLDS_HTML:
            if not self_closing:
                self._start_foreign(name, name, holds_html=False)
        elif self._open and name in _MAY_NOT_OPEN:
            self._open = [_SOMEWHERE]
        elif self._open and name not in VOID:
            self._open.append(_Element(name, _HTML, holds_html=True))
            self._just_opened = True

    def _start_foreign(self, name: bytes, space: bytes, *, holds_html: bool) -> None:
        self._open.append(_Element(name, space, holds_html))
        self._may_be_open(name)

    def _close_html(self, name: bytes) -> None:
        """Close HTML inside SVG; what is not nested cleanly closes something, but nothing of SVG and MathML."""
        if name in self._foreign and not (self._just_opened and self._open[-1].name == name):
            self._lose()
        elif self._open[-1].name == name:
            self._open.pop()
        else:
            self._open = [_SOMEWHERE]

    def _close_foreign(self, name: bytes) -> None:
        for depth in range(len(self._open) - 1, -1, -1):
            element = self._open[depth]
            if element.space == _HTML:
                break
            if element.name == name:
                del self._open[depth:]
                return
        self._lose()

    def _lose(self) -> None:
        """Be certain no more."""
        self._may_hide = self._may_hide or any(
            element.name in HIDING and element.space != _HTML for element in self._open
        )
        self._open = [_SOMEWHERE]
        self.certain = False
