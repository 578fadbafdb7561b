"""HTTP interface of the semantic text service: parses, calls :mod:`.logic`, shapes the reply."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, ConfigDict, Field

from contract import routes
from contract.modes import Mode
from lambda_src.semantic_text_service.logic import transform
from lambda_src.shared.application import Application, json_reply
from lambda_src.shared.settings import ServiceSettings

MAX_BODY_BYTES = 32 * 1024 * 1024
"""The texts of a 10 MB page with room for JSON escapes; Lambda's own bound of 6 MB per call comes first on AWS."""

MAX_TEXTS = 500_000


class TransformRequest(BaseModel):
    """Texts to transform, all in one mode."""

    model_config = ConfigDict(extra="forbid")

    mode: Mode
    texts: Annotated[list[str], Field(max_length=MAX_TEXTS)]


class TransformReply(BaseModel):
    """The transformed texts, as many as were sent and in the same order."""

    mode: Mode
    texts: list[str]


def build_application(settings: ServiceSettings, logger: Logger | None = None) -> Application:
    """Return the service's handler."""
    facts: dict[str, str | int] = {"modes": ", ".join(Mode), "max_texts": MAX_TEXTS}
    app = Application(settings, max_body_bytes=MAX_BODY_BYTES, facts=facts, logger=logger)

    @app.resolver.post(routes.TRANSFORM_TEXTS)
    def transform_texts() -> Response[str]:
        request = app.json_body(TransformRequest)
        return json_reply(TransformReply(mode=request.mode, texts=transform(request.mode, request.texts)))

    return app
