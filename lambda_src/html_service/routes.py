"""HTTP interface of the HTML service: parses, calls :mod:`.logic`, shapes the reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Protocol

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response

from contract import headers, metrics, routes
from contract.modes import BY_DEFAULT, Mode, Parameters
from lambda_src.html_service import conversions
from lambda_src.html_service.logic import MAX_PAGE_BYTES, to_html, to_segments, transform
from lambda_src.html_service.models import (
    DictReply,
    DictRequest,
    HashedPageReply,
    HashesReply,
    HashesRequest,
    PageReply,
    PageRequest,
    ReplaceRequest,
    SegmentsReply,
    TextNode,
    TextNodesReply,
    TransformOptions,
    TreeReply,
)
from lambda_src.html_service.nodes import HtmlDict
from lambda_src.html_service.outline import MOST_NODES, Outline, measure, view
from lambda_src.html_service.packing import GZIP, pack, unpack
from lambda_src.html_service.sweep import MOST_TEXTS
from lambda_src.html_service.text_service import TRACE, Caller, Transformed
from lambda_src.shared.application import Application, bytes_reply
from lambda_src.shared.operations import BINARY
from lambda_src.shared.settings import ServiceSettings

MAX_BODY_BYTES = 40 * 1024 * 1024
"""A page of 10 MB in base64, and its texts again; Lambda's own bound of 6 MB per call comes first on AWS."""

LONGEST_PLAIN_REPLY_BYTES = 4 * 1024 * 1024
"""A longer page is packed if the caller can unpack it, as Lambda would not let it through."""

ANY_BYTES = "application/octet-stream"


class Texts(Protocol):
    """Whoever transforms texts; see :class:`.text_service.TextService`."""

    def transform(self, mode: Mode, texts: Sequence[str], parameters: Parameters, caller: Caller) -> Transformed: ...


def build_application(settings: ServiceSettings, texts: Texts, logger: Logger | None = None) -> Application:
    """Return the service's handler.

    :param texts: whoever transforms texts.
    """
    facts = {"max_page_bytes": MAX_PAGE_BYTES, "max_texts": MOST_TEXTS, "max_nodes": MOST_NODES}
    app = Application(settings, max_body_bytes=MAX_BODY_BYTES, facts=facts, logger=logger)
    _add_segments(app)
    _add_transform(app, texts)
    _add_taking_apart(app)
    _add_hashing(app)
    _add_putting_together(app)
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
        return _page_reply(to_html(body.html, body.charset, body.segments))


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
            changed = texts.transform(query.mode, found, Parameters(query.rating, query.model), _caller(app))
            failed = changed.failed
            app.measure(metrics.TRANSFORMED_TEXTS, len(found) - failed)
            app.measure(metrics.FAILED_TEXTS, failed)
            return changed.texts

        page = unpack(body, app.header("content-encoding", ""), MAX_PAGE_BYTES)
        changed = transform(page, query.charset, change)
        reply = _whole_page(changed.page, app.header("accept-encoding", ""))
        if changed.left_from is not None:
            reply.headers[headers.LEFT] = _left(changed.left_from)
        if failed:
            reply.headers[headers.FAILED_TEXTS] = str(failed)
        return reply

    @app.route(
        "POST",
        routes.HTML_TO_HTML_XXX,
        "Mask all texts of a page with the letter x.",
        body=PageRequest,
        reply=PageReply,
    )
    def html_to_xxx(body: PageRequest) -> PageReply:
        def change(found: list[str]) -> list[str]:
            return texts.transform(Mode.XXX, found, BY_DEFAULT, _caller(app)).texts

        return _page_reply(transform(body.html, body.charset, change).page)


def _add_taking_apart(app: Application) -> None:
    @app.route("POST", routes.HTML_TO_DICT, "Take a page apart into nodes.", body=PageRequest, reply=DictReply)
    def html_to_dict(body: PageRequest) -> DictReply:
        return _dict_reply(conversions.to_dict(body.html, body.charset))

    @app.route(
        "POST", routes.HTML_TO_TEXT_NODES, "List the texts of a page, and where they are.", body=PageRequest,
        reply=TextNodesReply,
    )  # fmt: skip
    def html_to_text_nodes(body: PageRequest) -> TextNodesReply:
        return _text_nodes_reply(conversions.to_text_nodes(body.html, body.charset))

    @app.route("POST", routes.HTML_TO_TREE_VIEW, "Show the tree of a page as lines.", body=PageRequest, reply=TreeReply)
    def html_to_tree_view(body: PageRequest) -> TreeReply:
        return _tree_reply(conversions.to_dict(body.html, body.charset).outline)

    @app.route(
        "POST", routes.HTML_TO_HTML, "Take a page apart and put it together: the same bytes.", body=PageRequest,
        reply=PageReply,
    )  # fmt: skip
    def html_to_html(body: PageRequest) -> PageReply:
        return _page_reply(transform(body.html, body.charset, lambda found: found).page)


def _add_hashing(app: Application) -> None:
    @app.route(
        "POST", routes.HTML_TO_TEXT_HASHES, "List the texts of a page by their hashes.", body=PageRequest,
        reply=HashesReply,
    )  # fmt: skip
    def html_to_text_hashes(body: PageRequest) -> HashesReply:
        charset, found = conversions.to_hashes(body.html, body.charset)
        return HashesReply(charset=charset, hash_mapping=found, total_text_hashes=len(found))

    @app.route(
        "POST", routes.HTML_TO_HTML_HASHES, "Put hashes in the place of a page's texts.", body=PageRequest,
        reply=HashedPageReply,
    )  # fmt: skip
    def html_to_html_hashes(body: PageRequest) -> HashedPageReply:
        page, found = conversions.with_hashes(body.html, body.charset)
        return HashedPageReply.model_construct(html=page, hash_mapping=found, total_text_hashes=len(found))

    @app.route(
        "POST", routes.HTML_TO_DICT_HASHES, "Take a page apart into nodes with hashes in the place of texts.",
        body=PageRequest, reply=DictReply,
    )  # fmt: skip
    def html_to_dict_hashes(body: PageRequest) -> DictReply:
        return _dict_reply(conversions.to_dict(body.html, body.charset, hashed=True))

    @app.route(
        "POST", routes.HASHES_TO_HTML, "Write the page of nodes with texts in the place of hashes.",
        body=HashesRequest, reply=PageReply,
    )  # fmt: skip
    def hashes_to_html(body: HashesRequest) -> PageReply:
        return _page_reply(conversions.from_hashes(body.html_dict.nodes, body.hash_mapping, body.charset))


def _add_putting_together(app: Application) -> None:
    @app.route("POST", routes.DICT_TO_HTML, "Write the page of nodes.", body=DictRequest, reply=PageReply)
    def dict_to_html(body: DictRequest) -> PageReply:
        return _page_reply(conversions.from_dict(body.html_dict.nodes, body.charset))

    @app.route(
        "POST", routes.DICT_TO_TEXT_NODES, "List the texts of nodes, and where they are.", body=DictRequest,
        reply=TextNodesReply,
    )  # fmt: skip
    def dict_to_text_nodes(body: DictRequest) -> TextNodesReply:
        label = body.charset or conversions.USUAL
        return _text_nodes_reply(conversions.to_text_nodes(conversions.from_dict(body.html_dict.nodes, label), label))

    @app.route("POST", routes.DICT_TO_TREE_VIEW, "Show nodes as lines.", body=DictRequest, reply=TreeReply)
    def dict_to_tree_view(body: DictRequest) -> TreeReply:
        return _tree_reply(measure(body.html_dict.nodes))


def _caller(app: Application) -> Caller:
    return Caller(str(app.logger.get_correlation_id()), app.header(TRACE, ""))


def _dict_reply(found: conversions.Converted) -> DictReply:
    return DictReply(
        charset=found.charset,
        html_dict=HtmlDict.model_construct(nodes=found.outline.nodes),
        hash_mapping=found.hash_mapping,
        node_count=found.outline.node_count,
        max_depth=found.outline.max_depth,
        total_text_hashes=len(found.hash_mapping),
    )


def _page_reply(page: bytes) -> PageReply:
    return PageReply.model_construct(html=page)


def _text_nodes_reply(found: Sequence[conversions.TextFound]) -> TextNodesReply:
    return TextNodesReply(text_nodes=[TextNode(**asdict(each)) for each in found])


def _tree_reply(outline: Outline) -> TreeReply:
    return TreeReply(tree=view(outline.nodes), node_count=outline.node_count, max_depth=outline.max_depth)


def _left(start: int) -> str:
    return f"from-byte {start}" if start else headers.LEFT_FOR_CHARSET


def _whole_page(page: bytes, accepted: str) -> Response[str]:
    if len(page) <= LONGEST_PLAIN_REPLY_BYTES or GZIP not in [each.strip() for each in accepted.lower().split(",")]:
        return bytes_reply(page, ANY_BYTES)
    reply = bytes_reply(pack(page), ANY_BYTES)
    reply.headers["content-encoding"] = GZIP
    return reply
