"""Entry point of proxy management on Lambda: reads the environment and wires; the rest is in the modules beside it."""

import os
import time
from datetime import UTC, datetime
from functools import partial

from contract.components import Function
from lambda_src.proxy_management import pages
from lambda_src.proxy_management.gate import Gate
from lambda_src.proxy_management.routes import build_application
from lambda_src.proxy_management.s3_store import S3ObjectStore
from lambda_src.proxy_management.sessions import Sessions
from lambda_src.proxy_management.settings import ManagementSettings
from lambda_src.proxy_management.settings_history import FreshSettings, SettingsHistory
from lambda_src.proxy_management.users_secret import UsersSecret, secrets_client
from lambda_src.proxy_management.windows import KEPT_FOR, Statistics
from lambda_src.shared.s3 import s3_client
from lambda_src.shared.settings import ServiceSettings

_service = ServiceSettings.read(Function.PROXY_MANAGEMENT, os.environ, time.time)
_settings = ManagementSettings.read(os.environ)
_client = s3_client(_service)
_history = SettingsHistory(S3ObjectStore(_client, _settings.fleet_settings.bucket, _settings.fleet_settings.name))
_statistics = Statistics(
    S3ObjectStore(_client, _settings.statistics.bucket, _settings.statistics.name),
    _settings.interval,
    KEPT_FOR,
)
_users = UsersSecret(lambda: secrets_client(_service.tracer), _settings.dashboard_secret_arn, time.monotonic)
_clock = partial(datetime.now, UTC)
_gate = Gate(Sessions(_users.read, time.time), f"{_service.environment}-{_users.mark}")

handler = build_application(
    _service, _statistics, _history, FreshSettings(_history, time.monotonic), clock=_clock, identify=_gate.identify
)
pages.register(
    handler, _service, statistics=_statistics, history=_history, gate=_gate, clock=_clock,
    default_mode=_settings.default_mode,
)  # fmt: skip
