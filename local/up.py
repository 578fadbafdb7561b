"""`make up`: the whole platform on this machine, and a real page sent through it.

It does what a person would type: start the embedded AWS, `cdk bootstrap`, `cdk deploy` of what the image is built with,
`slipway image build`, `cdk deploy --all`, wait for the instance of the Auto Scaling group, open a page. Each step first
looks whether it is needed, so it can be interrupted and repeated.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence

from emulator.launcher import Emulator
from emulator.paths import state_folder
from local import first_user, show
from local.cdk import Progress, run_cdk, run_slipway
from local.commands import finish
from local.console import LocalError, step
from local.page_server import PageServer
from local.platform import (
    ENVIRONMENT,
    Instance,
    LoadBalancer,
    Workspace,
    fleet_is_settled,
    instances_of,
    load_balancer_of,
    stacks_of,
)

INSTANCE_TIMEOUT_SECONDS = 120
LOAD_BALANCER_TIMEOUT_SECONDS = 30


def start_page_server(workspace: Workspace) -> PageServer:
    """Start the web server with the pages, and let the instances trust its certificates."""
    with step("start the web server with real pages") as running:
        server = PageServer(workspace.pages)
        server.start()
        trust = workspace.emulator / "trust"
        trust.mkdir(parents=True, exist_ok=True)
        (trust / "pages.pem").write_bytes(server.ca_certificate.read_bytes())
        running.result = server.http_url
    return server


def start_emulator(workspace: Workspace) -> Emulator:
    """Start the embedded AWS, or find it running."""
    with step("start the embedded AWS") as running:
        emulator = Emulator(workspace.emulator, say=running.detail)
        emulator.start()
        running.result = emulator.endpoint_url
    return emulator


def cdk_environment(emulator: Emulator) -> dict[str, str]:
    """Return the environment in which `cdk` works on the embedded AWS and on nothing else."""
    cleared = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**cleared, **emulator.environment()}


def deployer_environment(emulator: Emulator) -> dict[str, str]:
    """Return the same for a user who may only what the CDK needs: to assume the roles that `cdk bootstrap` made."""
    return {**cdk_environment(emulator), **emulator.control("deployer")}


def bootstrap(workspace: Workspace, environment: Mapping[str, str], *, execution_policies: Sequence[str] = ()) -> None:
    """Run `cdk bootstrap` once per state of the embedded AWS.

    :param execution_policies: ARNs of what CloudFormation may do; none for everything, as the CDK has it.
    """
    done = workspace.emulator / "bootstrapped"
    if done.exists():
        return
    with step("bootstrap the account for the CDK") as running:
        target = f"aws://{environment['CDK_DEFAULT_ACCOUNT']}/{environment['CDK_DEFAULT_REGION']}"
        policies = ["--cloudformation-execution-policies", ",".join(execution_policies)] if execution_policies else []
        arguments = ["bootstrap", target, "--app", "", *policies]
        run_cdk(
            arguments,
            logs=workspace.logs,
            environment=environment,
            on_progress=lambda progress: running.detail(progress.latest),
            is_pointless=lambda: not Emulator(workspace.emulator).is_running(),
        )
    done.touch()


def deploy(workspace: Workspace, emulator: Emulator, environment: Mapping[str, str]) -> None:
    """Deploy what the image is built with, build it, and deploy all.

    :param environment: of a user who may only what the CDK needs.
    :raises LocalError: if it fails; where the embedded AWS has ended under it, that is the cause to tell.
    """
    try:
        _deploy(workspace, environment, f"slipway-{ENVIRONMENT}-image", ["-c", f"env={ENVIRONMENT}"])
        _build_image(workspace, cdk_environment(emulator))
        # The assembly is the one of the step before; to synthesise it again would only take its time. Outputs are kept
        # of this step alone: with those of a few stacks, nobody would find the others while it goes on.
        source = ["--app", str(workspace.assembly), "--outputs-file", str(workspace.outputs)]
        _deploy(workspace, environment, "--all", source)
    except LocalError as error:
        if emulator.is_running():
            raise
        raise LocalError(
            f"the embedded AWS ended in the middle of the deployment; its log is {emulator.log}",
            "run 'make up' again: it starts the embedded AWS as it was saved last and goes on from there",
        ) from error


def _deploy(workspace: Workspace, environment: Mapping[str, str], which: str, source: Sequence[str]) -> None:
    with step(f"cdk deploy {which} -c env={ENVIRONMENT}") as running:
        running.detail("synthesise the templates")
        output = ["--output", str(workspace.assembly)] if "--app" not in source else []
        progress = run_cdk(
            [
                "deploy", which, *source, "--require-approval", "never", "--progress", "events",
                "--concurrency", "4", *output,
            ],
            logs=workspace.logs,
            environment=environment,
            on_progress=lambda progress: running.detail(under_way(progress)),
            is_pointless=lambda: not Emulator(workspace.emulator).is_running(),
        )  # fmt: skip
        running.result = summary(progress)


def _build_image(workspace: Workspace, environment: Mapping[str, str]) -> None:
    with step(f"slipway image build {ENVIRONMENT}") as running:
        progress = run_slipway(
            ["image", "build", ENVIRONMENT],
            logs=workspace.logs,
            environment=environment,
            on_progress=lambda progress: running.detail(progress.latest),
            is_pointless=lambda: not Emulator(workspace.emulator).is_running(),
        )
        running.result = progress.latest


def require_sound_stacks(emulator: Emulator) -> None:
    """Look whether each stack is as deployed: `cdk deploy` passes over one that is stuck and has nothing to change.

    :raises LocalError: if one is not.
    """
    stuck = [stack for stack in stacks_of(emulator) if not stack.is_sound]
    if stuck:
        raise LocalError(
            ", ".join(f"{stack.name} is {stack.status}" for stack in stuck),
            f"in a shell with 'eval \"$(make -s env)\"': cdk rollback -c env={ENVIRONMENT} {stuck[0].name}; "
            "faults that are in force meet the roll-back, too ('python -m emulator faults clear')",
        )


def under_way(progress: Progress) -> str:
    """Say in a few words where a deployment stands."""
    if not progress.latest:
        return "synthesise the templates and publish them"
    return f"{len(progress.changed) + len(progress.unchanged)} stacks done; {progress.latest}"


def summary(progress: Progress) -> str:
    """Say in a few words what a deployment did."""
    changed = len(progress.changed)
    parts = [f"{changed} {'stack' if changed == 1 else 'stacks'} deployed"] if changed else []
    parts += [f"{len(progress.unchanged)} unchanged"] if progress.unchanged else []
    return ", ".join(parts)


def await_instances(workspace: Workspace) -> list[Instance]:
    """Wait until the Auto Scaling group has the instances that it wants, and no older one, and all are healthy.

    :raises LocalError: if that takes longer than two minutes.
    """
    began, deadline = time.time(), time.monotonic() + INSTANCE_TIMEOUT_SECONDS
    with step("wait for the proxy instance") as running:
        while True:
            instances = instances_of(workspace)
            healthy = [instance for instance in instances if instance.is_healthy()]
            if instances and len(healthy) == len(instances) and fleet_is_settled(workspace, began):
                running.result = ", ".join(each.address for each in instances)
                return instances
            running.detail(f"{len(healthy)} of {len(instances)} pass the health check")
            if time.monotonic() > deadline:
                raise LocalError(
                    f"no healthy proxy instance within {INSTANCE_TIMEOUT_SECONDS} s",
                    f"read the console of the instance: {workspace.emulator}/instances/*/console.log"
                    if instances
                    else f"none could be launched; read the last lines of {workspace.emulator}/emulator.log",
                )
            time.sleep(0.25)


def await_load_balancer(workspace: Workspace, emulator: Emulator) -> LoadBalancer:
    """Wait until the load balancer forwards to a healthy instance.

    :raises LocalError: if it does not within half a minute.
    """
    deadline = time.monotonic() + LOAD_BALANCER_TIMEOUT_SECONDS
    with step("wait for the load balancer") as running:
        while True:
            found = load_balancer_of(workspace, emulator)
            if found is not None and found.healthy_targets:
                running.result = f"{found.address} port {found.port}"
                return found
            if time.monotonic() > deadline:
                raise LocalError(
                    f"the load balancer forwards to no instance within {LOAD_BALANCER_TIMEOUT_SECONDS} s",
                    f"read the last lines of {workspace.emulator}/emulator.log, then run 'make up' again",
                )
            time.sleep(0.1)


def make_operator(workspace: Workspace, emulator: Emulator) -> str:
    """Let somebody sign in to the dashboard; return the password, or an empty text if somebody may already."""
    with step("make the dashboard's first user") as running:
        password = first_user.ensure_operator(first_user.secret_arn(workspace), cdk_environment(emulator))
        running.result = first_user.NAME if password else "there are users"
    return password


def up(workspace: Workspace) -> int:
    """Bring everything up and show it; return the exit status."""
    server = start_page_server(workspace)
    emulator = start_emulator(workspace)
    bootstrap(workspace, cdk_environment(emulator))
    deploy(workspace, emulator, deployer_environment(emulator))
    require_sound_stacks(emulator)
    instances = await_instances(workspace)
    load_balancer = await_load_balancer(workspace, emulator)
    show.show_page(workspace, load_balancer, instances[0], server)
    password = make_operator(workspace, emulator)
    show.show_platform(workspace, emulator, load_balancer, instances, server, password)
    return 0


def workspace_argument(command: str, description: str, arguments: Sequence[str] | None) -> Workspace:
    """Return the workspace that a command line names."""
    parser = argparse.ArgumentParser(prog=command, description=description)
    parser.add_argument(
        "--state", type=state_folder, default=Workspace().folder, help="folder for all that runs (%(default)s)"
    )
    return Workspace(parser.parse_args(arguments).state.absolute())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `make up`; return the exit status."""
    workspace = workspace_argument("make up", "Deploy the platform on this machine and show it.", arguments)
    return finish(
        lambda: up(workspace),
        command="make up",
        interrupted="interrupted; nothing is lost: 'make up' goes on from here, 'make down' removes everything",
    )


if __name__ == "__main__":
    sys.exit(main())
