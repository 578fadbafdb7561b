"""What the emulator lacks, or does otherwise than AWS, added inside its process; one module per area of AWS.

Nothing here changes the emulator's files: each module puts handlers into its tables, or a corrected function in place
of its own. Every name of the emulator's that we rely on is borrowed through :mod:`emulator.plugin.borrowed`, so that a
new version of it which lacks one is refused at start, by that name.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any

from emulator.control import Control
from emulator.functions.environment import Machine
from emulator.paths import StatePaths


def install(machine: Machine, consoles: Path) -> Any:
    """Add everything to the emulator in this process.

    :param machine: what functions have in common; among it the address at which the emulator will serve.
    :param consoles: folder with the root folders of local instances.
    :returns: the emulator's ASGI application.
    :raises emulator.plugin.borrowed.MissingNamesError: if this emulator lacks a name that we rely on.
    """
    # Imported here and not above: the emulator reads its settings from the environment when it is imported.
    from emulator.plugin import (  # noqa: I001 - several on a line, since they are so many
        alarms, borrowed, comprehend, conditions, costs, custom_resources, deployer, dns, drift, dropped, execution,
        exports, function_metrics, functions, gateway, group_members, health_checks, http_api, identity,
        image_builder, image_builder_api, image_builds, instance_resources, instances, launch_templates,
        lifecycle_hooks, logs, metrics, metrics_api, nested_stacks, network, network_balancers, network_listeners,
        observability, parameters, permissions, pricing, protection, quotas, record_sets, records, refreshes,
        replacement, scaling, scaling_policies, secrets, services, stack_policies, stack_updates, stacks, storage,
        tables, tags, target_groups, targets, templates, validation, warm_pools, zones,
    )  # fmt: skip

    borrowed.require_all()
    records.install()
    for area in (
        network, identity, secrets, parameters, storage, observability, network_balancers, network_listeners,
        target_groups, targets, image_builder, image_builds, permissions, exports, stacks, replacement,
    ):  # fmt: skip
        area.install()
    for area in (record_sets, zones, health_checks, dns, http_api, tables):
        area.install()
    for area in (services, comprehend, pricing, quotas, costs):
        area.install()
    image_builder_api.install()
    for area in (metrics, metrics_api, alarms, logs, function_metrics):
        area.install()
    functions.install(machine.endpoint_url)
    execution.install(machine)
    instances.install(consoles)
    for area in (
        launch_templates, scaling, group_members, lifecycle_hooks, refreshes, warm_pools, scaling_policies,
        stack_updates, instance_resources,
    ):  # fmt: skip
        area.install()
    for area in (
        conditions, deployer, templates, validation, custom_resources, nested_stacks, protection, stack_policies,
        dropped,
    ):  # fmt: skip
        area.install()
    tags.install()
    drift.install(machine.endpoint_url)
    permissions.guard()
    application = gateway.install()
    # Once more: now it is known, too, whether the functions that were replaced are called as ours can be.
    borrowed.require_all()
    return application


def background(
    paths: StatePaths, now: Callable[[], datetime], changed: Callable[[], None]
) -> list[Coroutine[Any, Any, None]]:
    """Return the work that goes on beside the requests, for ever; to be called when the saved state is loaded.

    :param now: the clock, in UTC.
    :param changed: to be called when that work has changed what has to be saved.
    """
    from emulator.plugin import (
        alarms,
        balancer_metrics,
        balancing,
        bounds,
        dns,
        execution,
        health_checks,
        image_builds,
        instance_metrics,
        logs,
        metrics,
        tables,
    )

    alarms.on_change(changed)
    return [
        balancing.run(changed),
        balancer_metrics.run(),
        dns.serve(paths.resolver_port),
        health_checks.run(dns.addresses_of, now),
        logs.keep_short(),
        image_builds.run(changed),
        instance_metrics.keep_measuring(paths.instances),
        tables.expire(),
        metrics.keep_small(),
        alarms.keep_watching(),
        bounds.keep(),
        execution.end_surplus(),
    ]


def offer(control: Control, now: Callable[[], datetime]) -> None:
    """Add the commands that AWS does not have to the control API.

    :param now: the clock, in UTC.
    """
    from emulator.plugin import balancing_overview, image_builds, image_lifecycle, interruptions, inventory

    control.add("interrupt-spot", interruptions.interrupt)
    control.add("load-balancers", balancing_overview.overview)
    control.add("health-checks", balancing_overview.hurry)
    control.add("types", inventory.describe)
    control.add("image-builds", image_builds.order)
    control.add("image-lifecycle", lambda _arguments: {"deleted": image_lifecycle.run_all(now())})
