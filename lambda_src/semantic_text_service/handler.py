"""Entry point of the semantic text service on Lambda: reads the environment and wires; see :mod:`.routes`."""

import os

from contract.components import Function
from contract.modes import Engine
from lambda_src.semantic_text_service.comprehend import ComprehendEngine
from lambda_src.semantic_text_service.embedded import EmbeddedEngine
from lambda_src.semantic_text_service.routes import build_application
from lambda_src.semantic_text_service.settings import read_engines
from lambda_src.shared.settings import ServiceSettings

ENGINES = {Engine.EMBEDDED: EmbeddedEngine, Engine.COMPREHEND: ComprehendEngine}

handler = build_application(
    ServiceSettings.read(Function.SEMANTIC_TEXT_SERVICE, os.environ),
    {name: ENGINES[name]() for name in read_engines(os.environ)},
)
