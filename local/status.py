"""`make status`: what runs on this machine, as a table or as JSON."""

from __future__ import annotations

import argparse
import json
import sys

from emulator.launcher import Emulator
from emulator.paths import StatePaths, state_folder
from local import show
from local.commands import finish
from local.console import data, talk
from local.page_server import PageServer
from local.platform import Workspace, instances_of, load_balancer_of, stacks_of


def describe(workspace: Workspace, emulator: Emulator) -> dict[str, object]:
    """Return what `--json` prints."""
    running = emulator.is_running()
    instances = instances_of(workspace) if running else []
    load_balancer = load_balancer_of(workspace, emulator) if running else None
    stacks = stacks_of(emulator) if running else []
    names = {stack.name for stack in stacks}
    return {
        "running": running,
        "endpoint_url": emulator.endpoint_url if running else None,
        "resolver": emulator.resolver if running else None,
        "proxy_url": load_balancer.proxy_url if load_balancer else None,
        "instances": [
            {
                "instance_id": each.instance_id,
                "healthy": each.is_healthy(),
                "proxy_url": each.proxy_url,
                "health_url": each.health_url,
                "dashboard_url": each.dashboard_url,
            }
            for each in instances
        ],
        "stacks": {stack.name: stack.status for stack in stacks},
        "outputs": {name: outputs for name, outputs in workspace.deployed_outputs().items() if name in names},
    }


def main(arguments: list[str] | None = None) -> int:
    """Print the state; the exit status is 0 when the platform runs and 3 when it does not."""
    parser = argparse.ArgumentParser(prog="make status", description="Show what of the platform runs on this machine.")
    parser.add_argument(
        "--state", type=state_folder, default=Workspace().folder, help="folder of what runs (%(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print the state as JSON")
    options = parser.parse_args(arguments)
    workspace = Workspace(options.state.absolute())
    return finish(
        lambda: _print(workspace, as_json=options.json),
        command="make status",
        interrupted="interrupted",
    )


def _print(workspace: Workspace, *, as_json: bool) -> int:
    emulator = Emulator(workspace.emulator)
    state = describe(workspace, emulator)
    if as_json:
        data.out(json.dumps(state, indent=2))
    elif not state["running"]:
        kept = "what was deployed is kept; " if StatePaths(workspace.emulator).port.exists() else ""
        talk.print(f"the embedded AWS does not run; {kept}'make up' starts everything")
    else:
        load_balancer = load_balancer_of(workspace, emulator)
        show.show_platform(workspace, emulator, load_balancer, instances_of(workspace), PageServer(workspace.pages))
    return 0 if state["running"] else 3


if __name__ == "__main__":
    sys.exit(main())
