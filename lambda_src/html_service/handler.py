"""Entry point of the HTML service on Lambda: reads the environment and wires; the rest is in :mod:`.routes`."""

import os
import time

from contract.components import Function
from lambda_src.html_service.routes import build_application
from lambda_src.html_service.settings import HtmlSettings
from lambda_src.html_service.text_service import TextService
from lambda_src.shared.settings import ServiceSettings

_service = ServiceSettings.read(Function.HTML_SERVICE, os.environ, time.time)

handler = build_application(_service, TextService(HtmlSettings.read(os.environ).text_service_url, _service.tracer))
