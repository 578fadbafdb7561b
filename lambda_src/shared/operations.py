"""What a route takes and gives, in the words of pydantic's models: read for checking requests and for OpenAPI.

A description only; it imports nothing that a cold start would wait for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel

type Binary = Literal["binary"]
"""A body that is bytes of any kind and no JSON."""

BINARY: Final = "binary"

type Page = Literal["page"]
"""HTML for people; the OpenAPI document, which is for programs, leaves such operations out."""

PAGE: Final = "page"

type Content = type[BaseModel] | Binary | Page | None


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    :param path: as in :mod:`contract.routes`, with `{name}` for what varies.
    :param summary: what it does, in one sentence for people.
    :param body: what has to be sent; None where nothing is read.
    :param query: model of the query string; None where it is not read.
    :param reply: what comes back with status 200; None where that is not JSON that a model describes.
    :param run: the function that is called, with what varies in the path by its names, and `body` and `query`.
    """

    method: str
    path: str
    summary: str
    body: Content = None
    query: type[BaseModel] | None = None
    reply: Content = None
    run: Callable[..., object] | None = None
