"""HTTP interface of the HTML service: parses, calls :mod:`.logic`, shapes the reply."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Protocol

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contract import headers, routes
from contract.modes import HIGHEST_RATING, LOWEST_RATING, Engine, Mode, Parameters
from lambda_src.html_service.logic import MAX_PAGE_BYTES, to_html, to_segments, transform
from lambda_src.html_service.packing import GZIP, pack, unpack
from lambda_src.html_service.text_service import TRACE, Caller, Transformed
from lambda_src.shared.application import Application, bytes_reply
from lambda_src.shared.operations import BINARY
from lambda_src.shared.settings import ServiceSettings

MAX_BODY_BYTES = 40 * 1024 * 1024
"""A page of 10 MB in base64, and its texts again; Lambda's own bound of 6 MB per call comes first on AWS."""

LONGEST_PLAIN_REPLY_BYTES = 4 * 1024 * 1024
"""A longer page is packed if the caller can unpack it, as Lambda would not let it through."""

HTML = "text/html"
"""Without a charset, which is in the page or in what the origin said."""


class Texts(Protocol):
    """Whoever transforms texts; see :class:`.text_service.TextService`."""

    def transform(self, mode: Mode, texts: Sequence[str], parameters: Parameters, caller: Caller) -> Transformed: ...


def _from_base64(value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError("should be text in base64")  # noqa: TRY004 - pydantic reports only a ValueError
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError(f"is not base64: {str(error).lower()}") from error


Page = Annotated[
    bytes, BeforeValidator(_from_base64, json_schema_input_type=Annotated[str, Field(pattern="^[A-Za-z0-9+/]*={0,2}$")])
]
Charset = Annotated[str, Field(max_length=100)]


class Request(BaseModel):
    """What all requests have in common: nothing may be in them that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PageRequest(Request):
    """A page as bytes, and what its `Content-Type` header says about its encoding."""

    html: Page
    charset: Charset | None = None


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


class TransformOptions(Request):
    """How a page is transformed; `rating` and `model` count only in modes that rate texts."""

    mode: Mode
    charset: Charset | None = None
    rating: Annotated[float, Field(ge=LOWEST_RATING, le=HIGHEST_RATING)] | None = None
    model: Engine | None = None


def build_application(settings: ServiceSettings, texts: Texts, logger: Logger | None = None) -> Application:
    """Return the service's handler.

    :param texts: whoever transforms texts.
    """
    facts = {"max_page_bytes": MAX_PAGE_BYTES}
    app = Application(settings, max_body_bytes=MAX_BODY_BYTES, facts=facts, logger=logger)
    _add_segments(app)
    _add_transform(app, texts)
    return app


def _add_segments(app: Application) -> None:
    @app.route("POST", routes.HTML_TO_SEGMENTS, "Take the texts out of a page.", body=PageRequest, reply=SegmentsReply)
    def html_to_segments(body: PageRequest) -> SegmentsReply:
        found = to_segments(body.html, body.charset)
        return SegmentsReply(charset=found.charset, segments=found.texts)

    @app.route(
        "POST",
        routes.SEGMENTS_TO_HTML,
        "Put texts in the place of a page's own; null leaves one as it is.",
        body=ReplaceRequest,
        reply=PageReply,
    )
    def segments_to_html(body: ReplaceRequest) -> PageReply:
        return page_reply(to_html(body.html, body.charset, body.segments))


def _add_transform(app: Application, texts: Texts) -> None:
    @app.route(
        "POST",
        routes.TRANSFORM_PAGE,
        "Transform a whole page: page in, page out, both as bytes, and packed with gzip where the headers say so.",
        body=BINARY,
        query=TransformOptions,
        reply=BINARY,
    )
    def transform_page(body: bytes, query: TransformOptions) -> Response[str]:
        failed = 0

        def change(found: list[str]) -> list[str]:
            nonlocal failed
            parameters = Parameters(query.rating, query.model)
            caller = Caller(str(app.logger.get_correlation_id()), app.header(TRACE, ""))
            changed = texts.transform(query.mode, found, parameters, caller)
            failed = changed.failed
            return changed.texts

        page = unpack(body, app.header("content-encoding", ""), MAX_PAGE_BYTES)
        reply = _whole_page(transform(page, query.charset, change), app.header("accept-encoding", ""))
        if failed:
            reply.headers[headers.FAILED_TEXTS] = str(failed)
        return reply


def _whole_page(page: bytes, accepted: str) -> Response[str]:
    if len(page) <= LONGEST_PLAIN_REPLY_BYTES or GZIP not in [each.strip() for each in accepted.lower().split(",")]:
        return bytes_reply(page, HTML)
    reply = bytes_reply(pack(page), HTML)
    reply.headers["content-encoding"] = GZIP
    return reply


def page_reply(page: bytes) -> PageReply:
    """Return a page as it stands in JSON."""
    return PageReply(html=base64.b64encode(page).decode())
