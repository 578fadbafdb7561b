"""Entry point of proxy management on Lambda: reads the environment and wires; the rest is in :mod:`.routes`."""

import os
import time

from contract.components import Function
from lambda_src.proxy_management.routes import build_application
from lambda_src.proxy_management.s3_store import S3ObjectStore
from lambda_src.proxy_management.settings import ManagementSettings
from lambda_src.proxy_management.settings_history import FreshSettings, SettingsHistory
from lambda_src.proxy_management.windows import Statistics
from lambda_src.shared.s3 import s3_client
from lambda_src.shared.settings import ServiceSettings

_service = ServiceSettings.read(Function.PROXY_MANAGEMENT, os.environ)
_settings = ManagementSettings.read(os.environ)
_client = s3_client(_service)
_history = SettingsHistory(S3ObjectStore(_client, _settings.fleet_settings.bucket, _settings.fleet_settings.name))

handler = build_application(
    _service,
    Statistics(S3ObjectStore(_client, _settings.statistics.bucket, _settings.statistics.name), _settings.interval),
    _history,
    FreshSettings(_history, time.monotonic),
)
