"""Entry point of proxy management on Lambda: reads the environment and wires; the rest is in :mod:`.routes`."""

import os

from contract.components import Function
from lambda_src.proxy_management.routes import build_application
from lambda_src.proxy_management.s3_store import S3SnapshotStore
from lambda_src.proxy_management.settings import ManagementSettings
from lambda_src.shared.s3 import s3_client
from lambda_src.shared.settings import ServiceSettings

_settings = ManagementSettings.read(os.environ)

handler = build_application(
    ServiceSettings.read(Function.PROXY_MANAGEMENT, os.environ),
    S3SnapshotStore(s3_client(), _settings.bucket, _settings.prefix),
)
