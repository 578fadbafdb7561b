"""What the routes of the HTML service take and give, as JSON and in queries."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contract.modes import HIGHEST_RATING, LOWEST_RATING, Engine, Mode
from lambda_src.html_service.encodings import LABELS, find_encoding
from lambda_src.html_service.in_base64 import InBase64
from lambda_src.html_service.nodes import HtmlDict


def _known(label: str) -> str:
    if find_encoding(label) is None:
        raise ValueError("should be a label of the Encoding Standard; leave it out if you do not know it")
    return label


AnyCharset = Annotated[str, Field(max_length=100)]
Charset = Annotated[AnyCharset, Field(json_schema_extra={"enum": [*LABELS]}), AfterValidator(_known)]
"""A label of the Encoding Standard; its letters may be in any case, though the schema cannot say so."""


class Request(BaseModel):
    """What all requests have in common: nothing may be in them that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PageRequest(Request):
    """A page as bytes, and what its `Content-Type` header says about its encoding."""

    html: InBase64
    charset: Charset | None = None


class SegmentsReply(BaseModel):
    """The texts of a page."""

    charset: str
    segments: list[str]


class DictRequest(Request):
    """A page as nodes, and the encoding to write it in."""

    html_dict: HtmlDict
    charset: Charset | None = None


class HashesRequest(DictRequest):
    """A page as nodes with hashes in the place of texts, and the texts."""

    hash_mapping: dict[str, str]


class DictReply(BaseModel):
    """A page taken apart."""

    charset: str
    html_dict: HtmlDict
    hash_mapping: dict[str, str]
    node_count: int
    max_depth: int
    total_text_hashes: int


class TextNode(BaseModel):
    """A text, and where it is."""

    hash: str
    text: str
    tag: str
    place: Literal["text", "attribute"]


class TextNodesReply(BaseModel):
    """The texts of a page, in its order."""

    text_nodes: list[TextNode]


class HashesReply(BaseModel):
    """The texts of a page by their hashes."""

    charset: str
    hash_mapping: dict[str, str]
    total_text_hashes: int


class HashedPageReply(BaseModel):
    """A page with hashes in the place of its texts, and the texts."""

    html: InBase64
    hash_mapping: dict[str, str]
    total_text_hashes: int


class TreeReply(BaseModel):
    """A page as lines for people."""

    tree: str
    node_count: int
    max_depth: int


class ReplaceRequest(PageRequest):
    """A page and what shall stand in it."""

    segments: list[str | None]


class PageReply(BaseModel):
    """A page."""

    html: InBase64


class TransformOptions(Request):
    """How a page is transformed; `rating` and `model` count only in modes that rate texts.

    The proxy hands on whatever an origin says of its charset, and as in a browser an unknown one does not count.
    """

    mode: Mode
    charset: AnyCharset | None = None
    rating: Annotated[float, Field(ge=LOWEST_RATING, le=HIGHEST_RATING)] | None = None
    model: Engine | None = None
