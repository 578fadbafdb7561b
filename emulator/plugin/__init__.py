"""What the emulator lacks, or does otherwise than AWS, added inside its process; one module per area of AWS.

Nothing here changes the emulator's files: each module puts handlers into its tables, or a corrected function in place
of its own. Every name of the emulator's that we rely on is borrowed through :mod:`emulator.plugin.borrowed`, so that a
new version of it which lacks one is refused at start, by that name.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any


def install(endpoint_url: str, has_instances: Callable[[str, str, str], bool]) -> Any:
    """Add everything to the emulator in this process.

    :param endpoint_url: address at which it will serve.
    :param has_instances: tells whether an Auto Scaling group (account, region, name) still has instances.
    :returns: the emulator's ASGI application.
    :raises emulator.plugin.borrowed.MissingNamesError: if this emulator lacks a name that we rely on.
    """
    # Imported here and not above: the emulator reads its settings from the environment when it is imported.
    from emulator.plugin import (
        borrowed,
        deployer,
        exports,
        functions,
        gateway,
        identity,
        image_builder,
        image_builder_api,
        network,
        network_balancers,
        observability,
        parameters,
        permissions,
        records,
        scaling,
        secrets,
        stacks,
        storage,
        targets,
    )

    borrowed.require_all()
    records.install()
    for area in (
        network, identity, secrets, parameters, storage, observability, network_balancers, targets, image_builder,
        permissions, exports, stacks,
    ):  # fmt: skip
        area.install()
    image_builder_api.install()
    functions.install(endpoint_url)
    scaling.install(has_instances)
    deployer.install()
    permissions.guard()
    return gateway.install()


def background() -> list[Coroutine[Any, Any, None]]:
    """Return the work that goes on beside the requests, for ever; to be called when the saved state is loaded."""
    from emulator.plugin import balancing, logs

    return [balancing.run(), logs.keep_short()]
