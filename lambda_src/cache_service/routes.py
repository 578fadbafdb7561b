"""HTTP interface of the cache service: parses, calls :mod:`.logic` and its neighbours, shapes the reply."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response

from contract import headers, routes
from contract.cache import LONGEST_TTL, Strategy
from lambda_src.cache_service import models
from lambda_src.cache_service.addresses import (
    KEYLESS,
    LONGEST_CHILD_NAME,
    LONGEST_KEY,
    Address,
    check_hash,
    check_key,
    check_namespace,
    check_strategy,
)
from lambda_src.cache_service.bodies import Kind, check_body
from lambda_src.cache_service.listing import LiveEntry, Selection
from lambda_src.cache_service.logic import Cache, Found
from lambda_src.cache_service.writing import Order
from lambda_src.shared.application import MAX_REPLY_BYTES, Application, bytes_reply
from lambda_src.shared.errors import Detail, InvalidInputError
from lambda_src.shared.operations import BINARY
from lambda_src.shared.settings import ServiceSettings
from lambda_src.shared.validation import check_name

MAX_BODY_BYTES = (MAX_REPLY_BYTES - 2) // 4 * 3
"""What a reply can carry in base64, between its two quotation marks: nothing is kept that could not be had back."""

if TYPE_CHECKING:
    from lambda_src.cache_service.export import Export

_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{0,255}")

_KEPT: dict[Kind, str] = {
    "string": "Keep a text, in UTF-8",
    "json": "Keep JSON, byte for byte as it is sent",
    "binary": "Keep bytes, with the type that the request names",
}


class Exporter(Protocol):
    """What makes zip files."""

    def export(self, namespace: str, prefix: str, after: Address | None) -> Export:
        """Make a file of entries, and say where it can be fetched."""


@dataclass(frozen=True)
class Terms:
    """For how long entries are kept.

    :param ttl_seconds: those whose store names no time.
    :param longest_ttl_seconds: at most; the bucket clears away what is older.
    """

    ttl_seconds: int
    longest_ttl_seconds: int = LONGEST_TTL

    def seconds(self, wanted: int | None) -> int:
        """Return for how long an entry is kept.

        :raises InvalidInputError: if that is longer than the bucket keeps anything.
        """
        if wanted is None or wanted <= self.longest_ttl_seconds:
            return wanted or self.ttl_seconds
        problem = "the bucket of this deployment does not keep anything for so long (storage.cache_expiration_days)"
        detail = Detail("query.ttl_seconds", problem, wanted, self.longest_ttl_seconds)
        raise InvalidInputError("invalid-input", f"{problem}; see details", [detail])


def build_application(
    settings: ServiceSettings,
    cache: Cache,
    *,
    terms: Terms,
    exporter: Exporter,
    backend: str = "s3",
    logger: Logger | None = None,
) -> Application:
    """Return the service's handler.

    :param exporter: makes zip files.
    :param backend: what answers first, for whoever asks for the status.
    """
    facts: dict[str, str | int] = {**asdict(terms), "backend": backend, "strategies": ", ".join(Strategy)}
    app = Application(settings, max_body_bytes=MAX_BODY_BYTES, facts=facts, logger=logger)
    for kind in _KEPT:
        _add_store(app, cache, kind, terms)
    _add_retrieval(app, cache)
    _add_retrieval_by_key(app, cache)
    _add_presence(app, cache)
    _add_lists(app, cache)
    _add_export(app, exporter)
    _add_children(app, cache, terms)
    return app


def _add_store(app: Application, cache: Cache, kind: Kind, terms: Terms) -> None:
    def store(
        namespace: str, strategy: str, key: str, body: bytes, query: models.StoreByKeyOptions
    ) -> models.StoredReply:
        order = Order(
            namespace=check_namespace(namespace),
            strategy=check_strategy(strategy),
            key=key,
            data=body,
            content_type=check_body(kind, body, app.header("content-type", "")),
            ttl_seconds=terms.seconds(query.ttl_seconds),
            idempotency_key=_idempotency_key(app),
        )
        if not key and order.strategy not in KEYLESS:
            problem = "this strategy needs a key, in the path or in the query"
            raise InvalidInputError("key-missing", f"{problem}; see details", [Detail("query.key", problem)])
        stored = cache.store(order, by_hash=query.by_hash)
        return models.StoredReply(**(asdict(stored) | {"paths": list(stored.paths)}))

    place = routes.CACHE_STORE.replace("{kind}", kind)
    summary = f"{_KEPT[kind]}, under any key or none."

    @app.route("POST", place, summary, body=BINARY, query=models.StoreOptions, reply=models.StoredReply)
    def store_any_key(namespace: str, strategy: str, body: bytes, query: models.StoreOptions) -> models.StoredReply:
        return store(namespace, strategy, check_key(query.key, "query.key"), body, query)

    place = routes.CACHE_STORE_BY_KEY.replace("{kind}", kind)
    summary = f"{_KEPT[kind]}, under a key."

    @app.route("POST", place, summary, body=BINARY, query=models.StoreByKeyOptions, reply=models.StoredReply)
    def store_by_key(
        namespace: str, strategy: str, key: str, body: bytes, query: models.StoreByKeyOptions
    ) -> models.StoredReply:
        return store(namespace, strategy, _key(key), body, query)


def _add_retrieval(app: Application, cache: Cache) -> None:
    @app.route("GET", routes.CACHE_RETRIEVE, "Give back an entry.", reply=BINARY)
    def retrieve(namespace: str, cache_id: str) -> Response[str]:
        return _entry(cache.retrieve(check_namespace(namespace), Address.of_id(cache_id)))

    @app.route("GET", routes.CACHE_RETRIEVE_BY_HASH, "Give back an entry with this hash.", reply=BINARY)
    def retrieve_by_hash(namespace: str, cache_hash: str) -> Response[str]:
        return _entry(cache.retrieve_by_hash(check_namespace(namespace), check_hash(cache_hash)))


def _add_retrieval_by_key(app: Application, cache: Cache) -> None:
    def retrieve(namespace: str, strategy: str, key: str, version: int | None) -> Response[str]:
        return _entry(cache.retrieve_by_key(check_namespace(namespace), check_strategy(strategy), key, version))

    summary = "Give back the entry of a key: the one, the newest, or a version."

    @app.route("GET", routes.CACHE_RETRIEVE_ANY_KEY, summary, query=models.RetrieveOptions, reply=BINARY)
    def retrieve_any_key(namespace: str, strategy: str, query: models.RetrieveOptions) -> Response[str]:
        return retrieve(namespace, strategy, check_key(query.key, "query.key"), query.version)

    @app.route("GET", routes.CACHE_RETRIEVE_BY_KEY, summary, query=models.RetrieveByKeyOptions, reply=BINARY)
    def retrieve_by_key(namespace: str, strategy: str, key: str, query: models.RetrieveByKeyOptions) -> Response[str]:
        return retrieve(namespace, strategy, _key(key), query.version)

    @app.route(
        "GET", routes.CACHE_VERSIONS, "List the versions of a key, the newest first.",
        query=models.VersionsOptions, reply=models.VersionsReply,
    )  # fmt: skip
    def versions(namespace: str, strategy: str, query: models.VersionsOptions) -> models.VersionsReply:
        check_namespace(namespace)
        if check_strategy(strategy) is not Strategy.TEMPORAL_VERSIONED:
            problem = "entries of this strategy are not numbered"
            detail = Detail("path.strategy", problem, strategy, Strategy.TEMPORAL_VERSIONED.value)
            raise InvalidInputError("no-versions", f"{problem}; see details", [detail])
        found = cache.versions.all(namespace, check_key(query.key, "query.key"), query.limit)
        told = [models.VersionReply(**_told(each.entry), version=each.number) for each in found]
        return models.VersionsReply(namespace=namespace, key=query.key, versions=told)


def _add_presence(app: Application, cache: Cache) -> None:
    @app.route("GET", routes.CACHE_EXISTS, "Say whether there is an entry.", reply=models.ExistsReply)
    def exists(namespace: str, cache_id: str) -> models.ExistsReply:
        address = Address.of_id(cache_id)
        return models.ExistsReply(exists=cache.exists(check_namespace(namespace), address), cache_id=cache_id)

    summary = "Say whether there is an entry with this hash, and name one."

    @app.route("GET", routes.CACHE_EXISTS_BY_HASH, summary, reply=models.ExistsReply)
    def exists_by_hash(namespace: str, cache_hash: str) -> models.ExistsReply:
        address = cache.hashes.find(check_namespace(namespace), check_hash(cache_hash))
        return models.ExistsReply(exists=address is not None, cache_id=address.cache_id if address else None)

    summary = "Delete an entry and what is kept under it."

    @app.route("DELETE", routes.CACHE_DELETE, summary, reply=models.DeletedReply)
    def delete(namespace: str, cache_id: str) -> models.DeletedReply:
        done = cache.delete(check_namespace(namespace), Address.of_id(cache_id))
        return models.DeletedReply(deleted=done.entries, complete=done.is_complete)

    summary = "Delete the entries whose keys begin so, and what is kept under them; at most a thousand at once."

    @app.route("DELETE", routes.CACHE_DELETE_BY_PREFIX, summary, query=models.DeleteOptions, reply=models.DeletedReply)
    def delete_by_prefix(namespace: str, query: models.DeleteOptions) -> models.DeletedReply:
        done = cache.delete_all(_selection(namespace, query.strategy, query.prefix, None))
        return models.DeletedReply(deleted=done.entries, complete=done.is_complete)


def _add_lists(app: Application, cache: Cache) -> None:
    @app.route(
        "GET", routes.CACHE_LIST, "List entries by strategy, key and time.",
        query=models.ListOptions, reply=models.ListReply,
    )  # fmt: skip
    def list_entries(namespace: str, query: models.ListOptions) -> models.ListReply:
        wanted = _selection(namespace, query.strategy, query.prefix, query.after)
        page = cache.catalogue.page(wanted, query.limit)
        entries = [models.EntryReply(**_told(each)) for each in page.entries]
        return models.ListReply(namespace=namespace, entries=entries, next=page.next)

    @app.route(
        "GET", routes.CACHE_STATISTICS, "Count the entries of each strategy, a thousand at once.",
        query=models.StatisticsOptions, reply=models.StatisticsReply,
    )  # fmt: skip
    def statistics(namespace: str, query: models.StatisticsOptions) -> models.StatisticsReply:
        wanted = _selection(namespace, query.strategy, "", query.after)
        tallies, following = cache.catalogue.tally(wanted, models.MOST_COUNTED)
        told = {strategy: models.StrategyStatistics(**asdict(tally)) for strategy, tally in tallies.items()}
        return models.StatisticsReply(namespace=namespace, strategies=told, complete=following is None, next=following)


def _add_export(app: Application, exporter: Exporter) -> None:
    summary = "Put entries into a zip file, and say where it can be fetched."

    @app.route("GET", routes.CACHE_EXPORT, summary, query=models.ExportOptions, reply=models.ExportReply)
    def export(namespace: str, query: models.ExportOptions) -> models.ExportReply:
        wanted = _selection(namespace, None, query.prefix, query.after)
        done = exporter.export(wanted.namespace, wanted.key_prefix, wanted.after)
        return models.ExportReply(**asdict(done), complete=done.next is None)


def _add_children(app: Application, cache: Cache, terms: Terms) -> None:
    @app.route(
        "GET", routes.CACHE_CHILDREN, "List what is kept under an entry.",
        query=models.ChildrenOptions, reply=models.ChildrenReply,
    )  # fmt: skip
    def list_children(namespace: str, cache_id: str, query: models.ChildrenOptions) -> models.ChildrenReply:
        parent, after = Address.of_id(cache_id), check_key(query.after, "query.after")
        found, following = cache.children.page(check_namespace(namespace), parent, after=after, limit=query.limit)
        children = [
            models.ChildReply(
                name=each.name,
                content_type=each.head.content_type,
                size=each.head.size,
                expires_at=each.head.expires_at,
            )
            for each in found
        ]
        return models.ChildrenReply(cache_id=cache_id, children=children, next=following)

    @app.route(
        "PUT", routes.CACHE_CHILD, "Keep bytes under an entry, with which they go.",
        body=BINARY, query=models.ChildStoreOptions, reply=models.ChildReply,
    )  # fmt: skip
    def store_child(
        namespace: str, cache_id: str, name: str, body: bytes, query: models.ChildStoreOptions
    ) -> models.ChildReply:
        parent, name = Address.of_id(cache_id), _child_name(name)
        content_type = check_body("binary", body, app.header("content-type", ""))
        seconds = None if query.ttl_seconds is None else terms.seconds(query.ttl_seconds)
        item = cache.children.store(check_namespace(namespace), parent, name, body, content_type, seconds)
        return models.ChildReply(name=name, content_type=content_type, size=len(body), expires_at=item.expires_at)

    @app.route("GET", routes.CACHE_CHILD, "Give back what is kept under an entry.", reply=BINARY)
    def retrieve_child(namespace: str, cache_id: str, name: str) -> Response[str]:
        parent = Address.of_id(cache_id)
        item = cache.children.retrieve(check_namespace(namespace), parent, _child_name(name))
        return bytes_reply(item.data, item.content_type)

    @app.route("DELETE", routes.CACHE_CHILD, "Delete what is kept under an entry.", reply=models.DeletedReply)
    def delete_child(namespace: str, cache_id: str, name: str) -> models.DeletedReply:
        parent = Address.of_id(cache_id)
        deleted = cache.children.delete(check_namespace(namespace), parent, _child_name(name))
        return models.DeletedReply(deleted=int(deleted), complete=True)


def _entry(found: Found) -> Response[str]:
    reply = bytes_reply(found.item.data, found.item.content_type)
    # Whoever keeps a copy must not keep it longer than the entry itself.
    reply.headers[headers.REMAINING_SECONDS] = str(found.remaining_seconds)
    reply.headers[headers.CACHE_ID] = found.address.cache_id
    return reply


def _told(entry: LiveEntry) -> dict[str, str | int | float]:
    """Return the fields of :class:`models.EntryReply`."""
    return {
        "cache_id": entry.address.cache_id,
        "strategy": entry.address.strategy,
        "key": entry.address.key,
        "cache_hash": entry.head.content_hash,
        "content_type": entry.head.content_type,
        "size": entry.head.size,
        "stored_at": entry.stored_at,
        "expires_at": entry.head.expires_at,
    }


def _selection(namespace: str, strategy: Strategy | None, prefix: str, after: str | None) -> Selection:
    return Selection(
        namespace=check_namespace(namespace),
        strategies=tuple(Strategy) if strategy is None else (strategy,),
        key_prefix=check_key(prefix, "query.prefix"),
        after=None if after is None else Address.of_id(after, "query.after"),
    )


def _key(in_path: str, place: str = "path.key", longest: int = LONGEST_KEY) -> str:
    """Return the key that a path names.

    A function URL hands a path on as it was sent, with its escapes.
    """
    try:
        return check_key(unquote(in_path, errors="strict"), place, longest)
    except UnicodeDecodeError:
        problem = "this is no text that UTF-8 could write"
        raise InvalidInputError("invalid-name", f"the key {problem}", [Detail(place, problem)]) from None


def _child_name(in_path: str) -> str:
    return _key(in_path, "path.name", LONGEST_CHILD_NAME)


def _idempotency_key(app: Application) -> str:
    return check_name(f"header.{headers.IDEMPOTENCY_KEY}", app.header(headers.IDEMPOTENCY_KEY, ""), _IDEMPOTENCY_KEY)
