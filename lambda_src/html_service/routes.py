"""HTTP interface of the HTML service: parses, calls :mod:`.logic`, shapes the reply."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contract import routes
from lambda_src.html_service.logic import MAX_PAGE_BYTES, to_html, to_segments
from lambda_src.shared.application import Application, json_reply
from lambda_src.shared.settings import ServiceSettings

MAX_BODY_BYTES = 40 * 1024 * 1024
"""A page of 10 MB in base64, and its texts again; Lambda's own bound of 6 MB per call comes first on AWS."""


def _from_base64(value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError("should be text in base64")  # noqa: TRY004 - pydantic reports only a ValueError
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError(f"is not base64: {str(error).lower()}") from error


class PageRequest(BaseModel):
    """A page as bytes, and what its `Content-Type` header says about its encoding."""

    model_config = ConfigDict(extra="forbid")

    html: Annotated[bytes, BeforeValidator(_from_base64)]
    charset: Annotated[str, Field(max_length=100)] | None = None


class SegmentsReply(BaseModel):
    """The texts of a page."""

    charset: str
    segments: list[str]


class ReplaceRequest(PageRequest):
    """A page and what shall stand in it."""

    segments: list[str | None]


class PageReply(BaseModel):
    """A page in base64."""

    html: str


def build_application(settings: ServiceSettings, logger: Logger | None = None) -> Application:
    """Return the service's handler."""
    facts = {"max_page_bytes": MAX_PAGE_BYTES}
    app = Application(settings, max_body_bytes=MAX_BODY_BYTES, facts=facts, logger=logger)

    @app.resolver.post(routes.HTML_TO_SEGMENTS)
    def html_to_segments() -> Response[str]:
        request = app.json_body(PageRequest)
        found = to_segments(request.html, request.charset)
        return json_reply(SegmentsReply(charset=found.charset, segments=found.texts))

    @app.resolver.post(routes.SEGMENTS_TO_HTML)
    def segments_to_html() -> Response[str]:
        request = app.json_body(ReplaceRequest)
        page = to_html(request.html, request.charset, request.segments)
        return json_reply(PageReply(html=base64.b64encode(page).decode()))

    return app
