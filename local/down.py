"""`make down`: remove what `make up` made, with the same command as on AWS, and then the embedded AWS itself."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

from emulator.launcher import Emulator
from local.cdk import run_cdk, run_slipway
from local.commands import finish
from local.console import LocalError, complain, step, talk
from local.page_server import PageServer
from local.platform import ENVIRONMENT, Workspace
from local.up import cdk_environment, workspace_argument


def destroy_stacks(workspace: Workspace, emulator: Emulator) -> None:
    """Run `cdk destroy --all`; say so, and go on, if that fails: the account itself goes next."""
    try:
        with step(f"cdk destroy --all -c env={ENVIRONMENT}") as running:
            run_cdk(
                [
                    "destroy",
                    "--all",
                    "--force",
                    "-c",
                    f"env={ENVIRONMENT}",
                    "--progress",
                    "events",
                    "--output",
                    str(workspace.assembly),
                ],
                logs=workspace.logs,
                environment=cdk_environment(emulator),
                on_progress=lambda progress: running.detail(progress.latest or "synthesise the templates"),
                is_pointless=lambda: not emulator.is_running(),
            )
    except LocalError as error:
        complain(error)
        talk.print("  the stacks go with the embedded AWS now")


def delete_images(workspace: Workspace, emulator: Emulator) -> None:
    """Run `slipway image delete --all`, since images are no resources of a stack; say so, and go on, if that fails."""
    try:
        with step(f"slipway image delete {ENVIRONMENT} --all") as running:
            run_slipway(
                ["image", "delete", ENVIRONMENT, "--all", "--yes"],
                logs=workspace.logs,
                environment=cdk_environment(emulator),
                on_progress=lambda progress: running.detail(progress.latest),
                is_pointless=lambda: not emulator.is_running(),
            )
    except LocalError as error:
        complain(error)
        talk.print("  the images go with the embedded AWS now")


def down(workspace: Workspace) -> int:
    """Remove everything; what is not there is no error. Return the exit status."""
    emulator = Emulator(workspace.emulator)
    if workspace.outputs.exists() and emulator.is_running():
        destroy_stacks(workspace, emulator)
        delete_images(workspace, emulator)
    with step("stop the embedded AWS and all with it, and remove its state"):
        PageServer(workspace.pages).stop()
        emulator.destroy()
        for folder in (workspace.pages, workspace.emulator, workspace.assembly):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (workspace.outputs, workspace.ca_certificate):
            file.unlink(missing_ok=True)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `make down`; return the exit status."""
    workspace = workspace_argument("make down", "Remove everything that `make up` made.", arguments)
    return finish(
        lambda: down(workspace),
        command="make down",
        interrupted="interrupted; run 'make down' again to finish",
    )


if __name__ == "__main__":
    sys.exit(main())
