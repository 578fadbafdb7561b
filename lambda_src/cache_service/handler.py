"""Entry point of the cache service on Lambda: reads the environment and wires; the rest is in :mod:`.routes`."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from contract.components import Function
from lambda_src.cache_service.addresses import Address
from lambda_src.cache_service.logic import Cache
from lambda_src.cache_service.objects import ObjectStore
from lambda_src.cache_service.quotas import Accounts
from lambda_src.cache_service.routes import Terms, build_application
from lambda_src.cache_service.s3_store import S3ObjectStore
from lambda_src.cache_service.settings import CacheSettings
from lambda_src.shared.s3 import s3_client
from lambda_src.shared.settings import ServiceSettings

if TYPE_CHECKING:
    from lambda_src.cache_service.export import Export

_service = ServiceSettings.read(Function.CACHE_SERVICE, os.environ, time.time)
_settings = CacheSettings.read(os.environ)
_logger = Logger(service=_service.name)


def _log_unreadable(reason: str) -> None:
    _logger.warning("cached-pages-unreadable", reason=reason, bucket=_settings.bucket)


_client = s3_client(_service)
_bucket = S3ObjectStore(_client, _settings.bucket, _log_unreadable)
_store: ObjectStore = _bucket

if _settings.valkey is not None:
    # Only here: its library takes a third of a second to import, which who has no Valkey need not wait for.
    from lambda_src.cache_service.generations import Generations
    from lambda_src.cache_service.valkey_store import PAUSE_SECONDS, ValkeyFront, valkey_client

    def _log_failure(reason: str) -> None:
        _logger.warning("valkey-unavailable", reason=reason, pause_seconds=PAUSE_SECONDS)

    _generations = Generations(_bucket, time.time, time.sleep)
    _store = ValkeyFront(valkey_client(_settings.valkey), _bucket, time.time, _generations, _log_failure)


class _Exports:
    """Makes zip files, with what only that needs imported when the first one is asked for."""

    def export(self, namespace: str, prefix: str, after: Address | None) -> Export:
        from lambda_src.cache_service.export import Exporter
        from lambda_src.cache_service.s3_exports import S3Exports

        exports = S3Exports(_client, _settings.bucket)
        return Exporter(_bucket, exports, time.time).export(namespace, prefix, after)


handler = build_application(
    _service,
    Cache(_store, time.time, admit=Accounts(_bucket, _settings.quotas, time.time).admit),
    exporter=_Exports(),
    terms=Terms(_settings.ttl_seconds, _settings.longest_ttl_seconds),
    backend="valkey" if _settings.valkey else "s3",
    logger=_logger,
)
