"""HTTP interface of the cache service: parses, calls :mod:`.logic`, shapes the reply."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Annotated

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, ConfigDict, Field

from contract import headers, routes
from lambda_src.cache_service.logic import KeyBasedCache
from lambda_src.cache_service.settings import LONGEST_TTL, SHORTEST_TTL
from lambda_src.shared.application import Application, bytes_reply, json_reply
from lambda_src.shared.operations import BINARY
from lambda_src.shared.settings import ServiceSettings
from lambda_src.shared.validation import check_name

MAX_BODY_BYTES = 10 * 1024 * 1024
DEFAULT_CONTENT_TYPE = "application/octet-stream"

_NAMESPACE = re.compile(r"[a-z0-9-]{1,63}")
_CONTENT_TYPE = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,255}")


class StoreOptions(BaseModel):
    """What a store may choose in its query."""

    model_config = ConfigDict(extra="forbid")

    ttl_seconds: Annotated[int, Field(ge=SHORTEST_TTL, le=LONGEST_TTL)] | None = None


def build_application(
    settings: ServiceSettings,
    cache: KeyBasedCache,
    *,
    ttl_seconds: int,
    backend: str = "s3",
    logger: Logger | None = None,
) -> Application:
    """Return the service's handler.

    :param ttl_seconds: time to live of entries whose store names none.
    :param backend: what answers first, for whoever asks for the status.
    """
    facts: dict[str, str | int] = {"ttl_seconds": ttl_seconds, "backend": backend}
    app = Application(settings, max_body_bytes=MAX_BODY_BYTES, facts=facts, logger=logger)

    @app.route("POST", routes.CACHE_STORE_BINARY, "Keep bytes under a key.", body=BINARY, query=StoreOptions)
    def store_binary(namespace: str, key: str, body: bytes, query: StoreOptions) -> Response[str]:
        _check(namespace, key)
        content_type = app.header("content-type", DEFAULT_CONTENT_TYPE)
        stored = cache.store(
            namespace,
            key,
            body,
            content_type=content_type if _CONTENT_TYPE.fullmatch(content_type) else DEFAULT_CONTENT_TYPE,
            ttl_seconds=query.ttl_seconds or ttl_seconds,
        )
        return json_reply(asdict(stored))

    @app.route("GET", routes.CACHE_RETRIEVE, "Give back what is kept under a key.", reply=BINARY)
    def retrieve(namespace: str, key: str) -> Response[str]:
        _check(namespace, key)
        item = cache.retrieve(namespace, key)
        reply = bytes_reply(item.data, item.content_type)
        # Whoever keeps a copy must not keep it longer than the entry itself.
        reply.headers[headers.REMAINING_SECONDS] = str(cache.remaining_seconds(item))
        return reply

    return app


def _check(namespace: str, key: str) -> None:
    check_name("path.namespace", namespace, _NAMESPACE)
    check_name("path.key", key)
