"""Entry point of the cache service on Lambda: reads the environment and wires; the rest is in :mod:`.routes`."""

import os
import time

from contract.components import Function
from lambda_src.cache_service.logic import KeyBasedCache
from lambda_src.cache_service.routes import build_application
from lambda_src.cache_service.s3_store import S3ObjectStore
from lambda_src.cache_service.settings import CacheSettings
from lambda_src.shared.s3 import s3_client
from lambda_src.shared.settings import ServiceSettings

_settings = CacheSettings.read(os.environ)

handler = build_application(
    ServiceSettings.read(Function.CACHE_SERVICE, os.environ),
    KeyBasedCache(S3ObjectStore(s3_client(), _settings.bucket), time.time),
    ttl_seconds=_settings.ttl_seconds,
)
