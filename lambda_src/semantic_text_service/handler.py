"""Entry point of the semantic text service on Lambda: reads the environment and wires; see :mod:`.routes`."""

import os
import time
from collections.abc import Callable
from functools import partial

from contract.components import Function
from contract.modes import Engine
from lambda_src.semantic_text_service.comprehend import ComprehendEngine, comprehend_client
from lambda_src.semantic_text_service.embedded import EmbeddedEngine
from lambda_src.semantic_text_service.rating import SentimentEngine
from lambda_src.semantic_text_service.routes import build_application
from lambda_src.semantic_text_service.settings import read_engines, read_rating_seconds
from lambda_src.shared.settings import ServiceSettings

_service = ServiceSettings.read(Function.SEMANTIC_TEXT_SERVICE, os.environ, time.time)

ENGINES: dict[Engine, Callable[[], SentimentEngine]] = {
    Engine.EMBEDDED: EmbeddedEngine,
    Engine.COMPREHEND: partial(
        ComprehendEngine, partial(comprehend_client, _service.tracer), seconds=read_rating_seconds(os.environ)
    ),
}

handler = build_application(_service, {name: ENGINES[name]() for name in read_engines(os.environ)})
