"""Entry point of the cache service on Lambda: reads the environment and wires; the rest is in :mod:`.routes`."""

import os
import time

from aws_lambda_powertools import Logger

from contract.components import Function
from lambda_src.cache_service.logic import KeyBasedCache
from lambda_src.cache_service.objects import ObjectStore
from lambda_src.cache_service.routes import build_application
from lambda_src.cache_service.s3_store import S3ObjectStore
from lambda_src.cache_service.settings import CacheSettings
from lambda_src.shared.s3 import s3_client
from lambda_src.shared.settings import ServiceSettings

_service = ServiceSettings.read(Function.CACHE_SERVICE, os.environ)
_settings = CacheSettings.read(os.environ)
_logger = Logger(service=_service.name)


def _log_unreadable(reason: str) -> None:
    _logger.warning("cached-pages-unreadable", reason=reason, bucket=_settings.bucket)


_store: ObjectStore = S3ObjectStore(s3_client(), _settings.bucket, _log_unreadable)

if _settings.valkey is not None:
    # Only here: its library takes a third of a second to import, which who has no Valkey need not wait for.
    from lambda_src.cache_service.generations import Generations
    from lambda_src.cache_service.valkey_store import PAUSE_SECONDS, ValkeyFront, valkey_client

    def _log_failure(reason: str) -> None:
        _logger.warning("valkey-unavailable", reason=reason, pause_seconds=PAUSE_SECONDS)

    _generations = Generations(_store, time.time, time.sleep)
    _store = ValkeyFront(valkey_client(_settings.valkey), _store, time.time, _generations, _log_failure)

handler = build_application(
    _service,
    KeyBasedCache(_store, time.time),
    ttl_seconds=_settings.ttl_seconds,
    backend="valkey" if _settings.valkey else "s3",
    logger=_logger,
)
