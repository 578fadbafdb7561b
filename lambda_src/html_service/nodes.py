"""A page as nested nodes, as it stands in JSON: what tags, texts and attributes it has, and how each was written.

The nodes are the page's source, not a browser's tree: a browser adds elements that nobody wrote and moves others, and
no page could be written back from that. What a node was written like stands in it beside what it means, so that a page
whose nodes nobody changes comes back byte for byte, and one with a changed text changes there only.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lambda_src.html_service.in_base64 import InBase64

DEEPEST = 60
"""Levels of elements; deeper ones stand beside each other, so that neither we nor who reads the JSON runs into a bound.

Each level takes two of JSON's, of which pydantic reads 200 and other parsers fewer.
"""

TAG = r"^[A-Za-z][^\t\n\f\r />]*$"
ATTRIBUTE = r"^(=[^\t\n\f\r />=]*|[^\t\n\f\r />=]+)$"
"""Whatever a browser takes for a name, be it wrong: a page may have it, and nothing else can become of it."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Bytes(_Model):
    """Something written that no text in the page's encoding would bring back just so.

    :ivar base64: its bytes.
    """

    base64: InBase64


type Written = str | Bytes
"""A piece of a page just as it is written."""


class TextNode(_Model):
    """Text that a person reads.

    :ivar data: the text, with character references resolved.
    :ivar source: how it is written in the page; counts as long as it means the same as `data`.
    """

    type: Literal["TEXT"] = "TEXT"
    data: str
    source: Written | None = None


class RawNode(_Model):
    """What nobody reads: comments, doctype, scripts, styles, white space, end tags that end nothing.

    :ivar data: just as it is written.
    """

    type: Literal["RAW"] = "RAW"
    data: Written


class ElementNode(_Model):
    """An element.

    :ivar tag: name, in the case in which it is written.
    :ivar attrs: values of its attributes, with character references resolved; null for one without a value.
    :ivar start: its start tag as written; counts as long as it means the same as `tag` and `attrs`.
    :ivar end: its end tag as written; null if it has none.
    """

    tag: Annotated[str, Field(pattern=TAG)]
    # Or the schema would say of a name with another pattern only that nothing is known about its value.
    attrs: dict[Annotated[str, Field(pattern=ATTRIBUTE)], str | None] = Field(
        {}, json_schema_extra={"additionalProperties": False}
    )
    nodes: list[Node] = []
    start: Written | None = None
    end: Written | None = None


Node = ElementNode | TextNode | RawNode


class HtmlDict(_Model):
    """A page."""

    nodes: list[Node]
