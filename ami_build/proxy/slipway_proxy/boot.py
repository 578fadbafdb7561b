"""`slipway-boot`: the one thing that user data runs; it turns a bare instance into a working proxy.

User data names the deployment once; that is kept, and the unit `slipway-boot.service` does the rest at every boot: it
learns who the instance is, reads the deployment's parameters, gets or creates the certificate authority, writes the
runtime folder and starts the services. What cannot start is given up, so that its group tries with another instance.

It must never write a secret anywhere but into the runtime folder.
"""

from __future__ import annotations

import asyncio
import datetime
import os
import pwd
import random
import shutil
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import boto3
from botocore.config import Config

from contract import parameters
from contract.components import Function
from contract.lifecycle import LAUNCHING_HOOK
from contract.proxy_settings import ProxySettings
from slipway_proxy import assignment, certificate_authority, deployment, firewall, memory, runtime, services
from slipway_proxy.assignment import Assignment, AssignmentError
from slipway_proxy.certificate_authority import CertificateAuthority
from slipway_proxy.deployment import BootError, NotYetError
from slipway_proxy.firewall import FirewallError
from slipway_proxy.group import PATIENCE_SECONDS, GroupError, NotWaitingError, OwnGroup, tell
from slipway_proxy.instance import DEFAULT_ENDPOINT, ENDPOINT_VARIABLE, Instance, MetadataError, MetadataService
from slipway_proxy.runtime import Runtime
from slipway_proxy.services import ServiceError

PROXY_USER = "slipway-proxy"
HEALTH_USER = "slipway-health"
BASE_DELAYS_SECONDS = (0.5, 1.0, 2.0, 4.0)
# A service that does not answer is named, and the instance given up, before the unit's time is over (90 s). One attempt
# for each call, since this step tries again itself and says so each time.
IMPATIENT = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1, "mode": "standard"})


class StepFailedError(BootError):
    """The boot step was started as a unit, and has failed; unless it was ended by force it has said why."""


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


def identify(endpoint: str) -> Instance:
    """Ask the metadata service who this instance is.

    :raises NotYetError: if it does not answer.
    """
    metadata = MetadataService(endpoint)
    try:
        return metadata.identify()
    except MetadataError as error:
        raise NotYetError(f"{error}; slipway-boot runs on an instance only") from error
    finally:
        metadata.close()


def learn(
    assigned: Assignment, endpoint: str, delays: Sequence[float], patience: Config = IMPATIENT
) -> tuple[Runtime, CertificateAuthority]:
    """Ask the metadata service and AWS for everything that the services need.

    :param delays: between attempts, in seconds. :param patience: within one attempt.
    :raises BootError: if something is missing, with what to do about it.
    """
    instance = patiently(lambda: identify(endpoint), delays, time.sleep)
    say(f"this is {instance.instance_id} in {instance.region}")
    session = boto3.Session(region_name=instance.region)
    ssm, secrets = session.client("ssm", config=patience), session.client("secretsmanager", config=patience)
    found = patiently(lambda: deployment.read_parameters(ssm, assigned.prefix), delays, time.sleep)
    settings = deployment.read_settings(found, assigned.prefix)
    say(f"read {len(found)} parameters below {assigned.prefix}")
    arn = found[parameters.CA_SECRET_ARN]
    authority = patiently(
        lambda: deployment.obtain_authority(secrets, arn, settings.environment, utc_now()), delays, time.sleep
    )
    say("read the certificate authority")
    users = deployment.users_secret(found, settings, assigned.prefix)
    return _runtime(settings, deployment.function_urls(found), instance, assigned, users), authority


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
        memory_percent=60,
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
    values = _runtime(settings, nowhere, Instance("i-rehearsal", "us-east-1"), Assignment("", ""), users="")
    return values, certificate_authority.create("rehearsal", utc_now())


def prepare(values: Runtime, authority: CertificateAuthority, directory: Path) -> None:
    """Write the runtime folder and hand it to the services' users where these exist.

    :raises BootError: if the folder cannot be written, or is not memory-backed on an image.
    """
    if _is_image() and (problem := memory.problem(directory)):
        raise BootError(problem)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o755)  # whatever the mask of this process is
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
    if not _is_image() or (nft := shutil.which("nft")) is None:
        return
    try:
        firewall.fill(settings, nft)
    except FirewallError as error:
        raise BootError(str(error)) from error


def start_services(values: Runtime) -> None:
    """Start the processes of the proxy, each with its share of the memory, and the health application.

    :raises BootError: if the service manager refuses; then none of them runs.
    """
    share = memory.share_of(memory.total(), values.settings.memory_percent, values.processes)
    say(f"processes of the proxy: {values.processes}, each with up to {share.soft // memory.MIB} MiB")
    if share.maximum * values.processes > memory.total():
        say("warning: this is more than the machine has; use a larger instance type, or fewer processes")
    try:
        if _is_image():
            services.bound_memory(share)
        services.start(values.processes)
    except ServiceError as error:
        raise BootError(str(error)) from error


def begin(values: Runtime, authority: CertificateAuthority) -> None:
    """Make the services' folder and start them.

    :raises BootError: if that is not possible.
    """
    directory = runtime.directory_from(os.environ)
    prepare(values, authority, directory)
    say(f"wrote {directory}")
    open_firewall(values.settings)
    start_services(values)
    say(f"{values.instance_id} runs {values.settings.environment} {values.settings.version}")


def take_on(assigned: Assignment) -> None:
    """Keep what this instance is for, for all its boots, and boot.

    :raises StepFailedError: if the service manager refuses, or the boot step has failed.
    :raises BootError: if what it is for makes no sense, or cannot be kept.
    """
    try:
        assigned.check()
        assigned.write(assignment.directory_from(os.environ))
        say(f"this instance is for {assigned.prefix}; starting {services.BOOT_UNIT}, now and at each boot")
        services.boot()
    except AssignmentError as error:
        raise BootError(str(error)) from error
    except ServiceError as error:
        raise StepFailedError(str(error)) from error


def boot(assigned: Assignment, endpoint: str) -> None:
    """Do what an instance does at each boot.

    :raises BootError: if it cannot serve.
    """
    begin(*learn(assigned, endpoint, jittered(BASE_DELAYS_SECONDS)))


def give_up(
    assigned: Assignment,
    endpoint: str,
    *,
    seconds: float = PATIENCE_SECONDS,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Tell the group that nothing will come of this instance, if it waits for it.

    :param seconds: for how long the group may still come to wait for it.
    """
    if not assigned.group:
        return
    try:
        instance = identify(endpoint)
        aws = partial(boto3.Session(region_name=instance.region).client, config=IMPATIENT)
        group = OwnGroup(aws, name=assigned.group, instance_id=instance.instance_id, hook=LAUNCHING_HOOK)
        asyncio.run(tell(group.abandon, seconds=seconds, failed=lambda error: say(str(error)), sleep=sleep))
    except NotWaitingError:
        say(f"the group {assigned.group} does not wait for this instance (any more)")
    except BootError as error:
        say(f"{error}; the group {assigned.group} gives this instance up when it has waited long enough")
    except GroupError:
        say(f"the group {assigned.group} gives this instance up by itself when it has waited long enough")
    else:
        say(f"the group {assigned.group} terminates this instance and launches another")


def utc_now() -> datetime.datetime:
    """Return the time, aware."""
    return datetime.datetime.now(datetime.UTC)


def say(text: str) -> None:
    """Tell the person who reads the console or the journal what happens, and when."""
    sys.stderr.write(f"{utc_now():%Y-%m-%dT%H:%M:%SZ} slipway-boot: {text}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str]) -> int:
    """Boot; return the exit status."""
    options = assignment.parser().parse_args(arguments)
    endpoint = os.environ.get(ENDPOINT_VARIABLE) or DEFAULT_ENDPOINT
    assigned = Assignment(options.parameter_prefix or "", options.group)
    try:
        if options.rehearsal:
            begin(*rehearsal())
        elif options.parameter_prefix is not None:
            take_on(assigned)
        else:
            assigned = Assignment.read(assignment.directory_from(os.environ))
            boot(assigned, endpoint)
    except StepFailedError as error:
        say(f"error: {error}")
        # The step has given it up with patience; this is for one that was ended by force.
        give_up(assigned, endpoint, seconds=0)
        return 1
    except (BootError, AssignmentError) as error:
        say(f"error: {error}")
        give_up(assigned, endpoint)
        return 1
    return 0


def _runtime(
    settings: ProxySettings, functions: dict[Function, str], instance: Instance, assigned: Assignment, users: str
) -> Runtime:
    # One core has two, so that there is another one while one of them is replaced.
    processes = settings.processes or max(2, os.cpu_count() or 1)
    share = memory.share_of(memory.total(), settings.memory_percent, processes)
    return Runtime(
        settings=settings,
        functions=functions,
        instance_id=instance.instance_id,
        region=instance.region,
        prefix=assigned.prefix,
        group=assigned.group,
        processes=processes,
        process_memory_bytes=share.soft,
        users_secret_arn=users,
    )


def _is_image() -> bool:
    """Tell whether this is a machine of its own; elsewhere all runs as one user and the firewall is not ours."""
    return _user(PROXY_USER) is not None


def _user(name: str) -> pwd.struct_passwd | None:
    """Return a service's user; None away from an image."""
    try:
        return pwd.getpwnam(name) if os.geteuid() == 0 else None
    except KeyError:
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
