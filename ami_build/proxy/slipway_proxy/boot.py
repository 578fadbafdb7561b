"""`slipway-boot`: the one thing that user data runs; it turns a bare instance into a working proxy.

It learns who the instance is, reads the deployment's parameters, gets or creates the certificate authority, writes the
runtime folder and starts the services. It must never write a secret anywhere but into that folder.
"""

from __future__ import annotations

import argparse
import datetime
import os
import pwd
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import boto3

from contract import parameters
from contract.components import Function
from contract.proxy_settings import ProxySettings
from slipway_proxy import certificate_authority, deployment, firewall, runtime
from slipway_proxy.certificate_authority import CertificateAuthority
from slipway_proxy.deployment import BootError, NotYetError
from slipway_proxy.firewall import FirewallError
from slipway_proxy.instance import DEFAULT_ENDPOINT, ENDPOINT_VARIABLE, Instance, MetadataError, MetadataService
from slipway_proxy.runtime import Runtime

PROXY_UNIT = "slipway-proxy@{}.service"
HEALTH_UNIT = "slipway-health.service"
PROXY_USER = "slipway-proxy"
HEALTH_USER = "slipway-health"
PREFIX = re.compile(r"(/[A-Za-z0-9_.-]+){2,}")
BASE_DELAYS_SECONDS = (0.5, 1.0, 2.0, 4.0)


def patiently[T](operation: Callable[[], T], delays: Iterable[float], sleep: Callable[[float], None]) -> T:
    """Run `operation`, again after each of `delays` (seconds) as long as it says "not yet".

    :raises NotYetError: if it still says so after the last delay.
    """
    for delay in delays:
        try:
            return operation()
        except NotYetError as error:
            say(f"{error}; trying again in {delay:.1f} s")
            sleep(delay)
    return operation()


def jittered(delays: Iterable[float]) -> list[float]:
    """Spread each delay by half, so that the instances of a group do not ask all at once."""
    chance = random.SystemRandom()
    return [delay * chance.uniform(0.5, 1.5) for delay in delays]


def learn(prefix: str, endpoint: str, delays: Sequence[float]) -> tuple[Runtime, CertificateAuthority]:
    """Ask the metadata service and AWS for everything that the services need.

    :raises BootError: if something is missing, with what to do about it.
    """
    metadata = MetadataService(endpoint)
    try:
        instance = metadata.identify()
    except MetadataError as error:
        raise BootError(f"{error}; slipway-boot runs on an instance only") from error
    finally:
        metadata.close()
    session = boto3.Session(region_name=instance.region)
    ssm, secrets = session.client("ssm"), session.client("secretsmanager")
    found = patiently(lambda: deployment.read_parameters(ssm, prefix), delays, time.sleep)
    settings = deployment.read_settings(found, prefix)
    arn = found[parameters.CA_SECRET_ARN]
    authority = patiently(
        lambda: deployment.obtain_authority(secrets, arn, settings.environment, utc_now()), delays, time.sleep
    )
    users = deployment.users_secret(found, settings, prefix)
    return _runtime(settings, deployment.function_urls(found), instance, prefix, users), authority


def rehearsal() -> tuple[Runtime, CertificateAuthority]:
    """Return made-up settings and a throw-away authority, to test an image where nothing is deployed."""
    settings = ProxySettings(
        environment="rehearsal",
        version="0",
        default_mode="off",
        proxy_port=8080,
        health_port=8081,
        admin_port=8082,
        processes=0,
        drain_seconds=0.0,
        function_timeout_seconds=2.0,
        fail_closed=False,
        max_page_bytes=1_000_000,
        cache_ttl_seconds=60,
        statistics_interval_seconds=3600.0,
        allowed_client_networks=("127.0.0.0/8",),
        authentication_required=False,
        authentication_failures_per_minute=10,
        client_requests_per_second=0,
        allowed_destination_networks=(),
        allowed_destination_ports=(80, 443),
        allowed_destination_hosts=(),
        blocked_destination_hosts=(),
    )
    nowhere = dict.fromkeys(Function, "http://127.0.0.1:9/")
    values = _runtime(settings, nowhere, Instance("i-rehearsal", "us-east-1"), prefix="", users="")
    return values, certificate_authority.create("rehearsal", utc_now())


def prepare(values: Runtime, authority: CertificateAuthority, directory: Path) -> None:
    """Write the runtime folder and hand it to the services' users where these exist.

    :raises BootError: if the folder cannot be written.
    """
    try:
        directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        values.write(directory)
        certificate_authority.write(authority, directory)
        (users := directory / runtime.USERS_FOLDER).mkdir(exist_ok=True)
        # The health application writes there, and what it writes is the proxy's group's to read.
        users.chmod(0o2750)
        if (owner := _user(PROXY_USER)) is not None and (keeper := _user(HEALTH_USER)) is not None:
            for path in (directory, directory / runtime.CA_FILE):
                os.chown(path, owner.pw_uid, owner.pw_gid)
            os.chown(users, keeper.pw_uid, owner.pw_gid)
            # A change of owner may take the bit away that hands the folder's group on.
            users.chmod(0o2750)
    except OSError as error:
        raise BootError(f"cannot write the runtime folder {directory}: {error.strerror}") from error


def open_firewall(settings: ProxySettings) -> None:
    """Let in and out what the settings allow, where the firewall is the image's.

    :raises BootError: if the firewall refuses.
    """
    if _user(PROXY_USER) is None or (nft := shutil.which("nft")) is None:
        return
    try:
        firewall.fill(settings, nft)
    except FirewallError as error:
        raise BootError(str(error)) from error


def utc_now() -> datetime.datetime:
    """Return the time, aware."""
    return datetime.datetime.now(datetime.UTC)


def start_services(processes: int) -> None:
    """Start the processes of the proxy, and the health application.

    :param processes: how many.
    :raises BootError: if the service manager refuses.
    """
    systemctl = shutil.which("systemctl")
    if systemctl is None:
        raise BootError("systemctl is not on PATH; slipway-boot runs on an instance only")
    units = [*(PROXY_UNIT.format(number) for number in range(1, processes + 1)), HEALTH_UNIT]
    result = subprocess.run([systemctl, "start", *units], capture_output=True, text=True, check=False)
    if result.returncode:
        raise BootError(
            f"the services did not start (systemctl ended with {result.returncode}): {result.stderr.strip()}; "
            "see journalctl -u 'slipway-proxy@*' -u slipway-health"
        )


def say(text: str) -> None:
    """Tell the person who reads the console what happens."""
    sys.stderr.write(f"slipway-boot: {text}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str]) -> int:
    """Boot; return the exit status."""
    parser = argparse.ArgumentParser(prog="slipway-boot", description="turn this instance into a Slipway proxy")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--parameter-prefix", metavar="PATH", help="where the deployment's parameters stand")
    what.add_argument("--rehearsal", action="store_true", help="start with made-up settings, to test an image")
    options = parser.parse_args(arguments)
    try:
        if options.rehearsal:
            values, authority = rehearsal()
        else:
            prefix = checked_prefix(options.parameter_prefix)
            endpoint = os.environ.get(ENDPOINT_VARIABLE) or DEFAULT_ENDPOINT
            values, authority = learn(prefix, endpoint, jittered(BASE_DELAYS_SECONDS))
        prepare(values, authority, runtime.directory_from(os.environ))
        open_firewall(values.settings)
        start_services(values.processes)
    except BootError as error:
        say(f"error: {error}")
        return 1
    say(f"{values.instance_id} runs {values.settings.environment} {values.settings.version}")
    return 0


def checked_prefix(prefix: str) -> str:
    """Return the prefix if it has the form `/project/environment`.

    :raises BootError: if not.
    """
    if PREFIX.fullmatch(prefix) is None:
        raise BootError(f"the parameter prefix is {prefix!r}; it must look like /project/environment")
    return prefix


def _runtime(
    settings: ProxySettings, functions: dict[Function, str], instance: Instance, prefix: str, users: str
) -> Runtime:
    processes = settings.processes or os.cpu_count() or 1
    return Runtime(settings, functions, instance.instance_id, instance.region, prefix, processes, users)


def _user(name: str) -> pwd.struct_passwd | None:
    """Return a service's user; None away from an image, where all runs as one user and the firewall is not ours."""
    try:
        return pwd.getpwnam(name) if os.geteuid() == 0 else None
    except KeyError:
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
