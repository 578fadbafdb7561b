"""A page as nodes, texts and hashes, and back. Pure.

A text's hash is made of the text exactly as it is read. Equal texts have one hash, and different texts in one page
always have different ones (see :mod:`lambda_src.shared.hashes`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lambda_src.html_service.encodings import Encoding, find_encoding
from lambda_src.html_service.escaping import Place
from lambda_src.html_service.logic import check_size, read
from lambda_src.html_service.nodes import Node
from lambda_src.html_service.outline import MOST_NODES, Outline, TooManyNodesError, put_back, to_outline, to_page
from lambda_src.html_service.segmenter import put_in_place
from lambda_src.shared.errors import Detail, InvalidInputError
from lambda_src.shared.hashes import text_hashes

USUAL = "utf-8"
"""Encoding of a page that is made of nodes, where nothing else is said."""


@dataclass(frozen=True)
class TextFound:
    """A text of a page, and where it is.

    :param hash: its name.
    :param tag: of the element that it is in, as written; empty if it is in none.
    :param place: whether it stands between tags or in an attribute.
    """

    hash: str
    text: str
    tag: str
    place: Literal["text", "attribute"]


@dataclass(frozen=True)
class Converted:
    """A page taken apart.

    :param charset: encoding in which it was read, by the standard's name.
    :param outline: its nodes.
    :param hash_mapping: its texts by their hashes, in the order of the page.
    """

    charset: str
    outline: Outline
    hash_mapping: dict[str, str]


def to_dict(page: bytes, header_label: str | None, *, hashed: bool = False) -> Converted:
    """Take a page apart into nodes.

    :param hashed: put hashes in the place of texts.
    :raises InvalidInputError: if the page is too large, or has too many texts or nodes.
    """
    encoding, segments = read(page, header_label)
    texts = [segment.text for segment in segments]
    hashes = text_hashes(texts)
    shown = dict(zip(texts, hashes, strict=True)) if hashed else None
    return Converted(encoding.name, _outline(page, encoding, shown), dict(zip(hashes, texts, strict=True)))


def to_hashes(page: bytes, header_label: str | None) -> tuple[str, dict[str, str]]:
    """Return the encoding in which a page was read, and its texts by their hashes.

    :raises InvalidInputError: if the page is too large or has too many texts.
    """
    encoding, segments = read(page, header_label)
    texts = [segment.text for segment in segments]
    return encoding.name, dict(zip(text_hashes(texts), texts, strict=True))


def with_hashes(page: bytes, header_label: str | None) -> tuple[bytes, dict[str, str]]:
    """Return a page with the hash of each text in its place, and the texts by their hashes.

    :raises InvalidInputError: if the page is too large or has too many texts.
    """
    encoding, segments = read(page, header_label)
    texts = [segment.text for segment in segments]
    hashes = text_hashes(texts)
    return put_in_place(page, encoding, segments, hashes), dict(zip(hashes, texts, strict=True))


def to_text_nodes(page: bytes, header_label: str | None) -> list[TextFound]:
    """Return the texts of a page, each with the element that it is in.

    :raises InvalidInputError: if the page is too large, or has too many texts or nodes.
    """
    encoding, segments = read(page, header_label)
    hashes = text_hashes([segment.text for segment in segments])
    owners = _outline(page, encoding, None).owners
    return [
        TextFound(name, segment.text, tag, "text" if segment.place is Place.TEXT else "attribute")
        for name, segment, tag in zip(hashes, segments, owners, strict=True)
    ]


def from_dict(nodes: Sequence[Node], label: str | None) -> bytes:
    """Write the page that nodes describe.

    :param label: name of the encoding to write it in.
    :raises InvalidInputError: if there is no such encoding, or none that is written here, or the page is too large.
    """
    encoding = find_encoding(label or USUAL)
    if encoding is None:
        raise _unknown(label, "there is no such encoding")
    try:
        page = to_page(list(nodes), encoding)
    except ValueError as error:
        raise _unknown(label, "pages are not written in this encoding") from error
    check_size(page)
    return page


def _unknown(label: str | None, problem: str) -> InvalidInputError:
    allowed = "a label of the Encoding Standard, but for UTF-16 and ISO-2022-JP"
    detail = Detail("body.charset", problem, label, allowed)
    return InvalidInputError("unknown-charset", f"{problem}; see details", [detail])


def from_hashes(nodes: Sequence[Node], hash_mapping: Mapping[str, str], label: str | None) -> bytes:
    """Write the page that nodes describe, with texts in the place of their hashes.

    :raises InvalidInputError: as :func:`from_dict` does.
    """
    return from_dict(put_back(list(nodes), hash_mapping), label)


def _outline(page: bytes, encoding: Encoding, shown: Mapping[str, str] | None) -> Outline:
    try:
        return to_outline(page, encoding, shown)
    except TooManyNodesError as error:
        problem = f"the page has more than {MOST_NODES} nodes, and no answer can hold more"
        raise InvalidInputError(
            "too-many-nodes", f"{problem}; the routes for segments have no such bound",
            [Detail("body.html", problem, None, MOST_NODES)],
        ) from error  # fmt: skip
