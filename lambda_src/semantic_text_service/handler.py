"""Entry point of the semantic text service on Lambda: reads the environment and wires; see :mod:`.routes`."""

import os

from contract.components import Function
from lambda_src.semantic_text_service.routes import build_application
from lambda_src.shared.settings import ServiceSettings

handler = build_application(ServiceSettings.read(Function.SEMANTIC_TEXT_SERVICE, os.environ))
