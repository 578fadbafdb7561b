"""Entry point of the CDK application: reads the context, loads the configuration, builds the platform's stacks.

    cdk synth -c env=development [-c set=fleet.desired=3,fleet.maximum=5]

It is the only place on this side that reads the environment and files, and the only one that talks: errors go to
standard error, without a traceback where the message says all, and end with status 1.
"""

import os
import sys
from collections.abc import Collection
from pathlib import Path

from aws_cdk import App
from jsii.errors import JavaScriptError

from config import ConfigurationError, environment_names, load
from config.models import Configuration
from constructs_lib.functions import LayerMissingError
from constructs_lib.image import ComponentError
from constructs_lib.policy.memory import Memory
from constructs_lib.policy.rules import CLOUD_FORMATION, add_rules
from stacks.proxy_platform.blueprint import add_proxy_platform

ROOT = Path(__file__).resolve().parent
FINDINGS = ROOT / ".slipway" / "findings"
"""Where syntheses remember what the rules found; it may be deleted at any time."""

INTERRUPTED = 130
"""Status of a command that was interrupted, as shells have it."""


class ContextError(Exception):
    """The context does not say what to build; the message says how to."""


def build(
    app: App,
    configuration: Configuration,
    *,
    root: Path = ROOT,
    memory: Memory | None = None,
    without: Collection[str] = (),
) -> None:
    """Add all stacks of one deployment to an application, and the rules that they have to pass.

    :param app: an application without the CDK's built-in validation; it is among the rules.
    :param memory: what the rules found before; none to examine everything.
    :param without: names of rule packs to leave out.
    """
    add_proxy_platform(app, configuration, root=root)
    add_rules(app, memory=memory, without=without)


def configuration_from_context(app: App) -> Configuration:
    """Return the configuration of the environment that `-c env=NAME` names, with what `-c set=…` sets.

    :raises ContextError: if no environment is named.
    :raises ConfigurationError: if the configuration has problems; it lists them all.
    """
    environment = app.node.try_get_context("env")
    if not environment:
        raise ContextError(
            "no environment is named, so nothing says what to build\n"
            f"  allowed: {', '.join(environment_names())}\n"
            "  next: name one, for example `cdk synth -c env=development`"
        )
    overrides = app.node.try_get_context("set")
    return load(str(environment), overrides=[str(overrides)] if overrides else [], environ=os.environ)


def main() -> int:
    """Synthesise the application that the context asks for.

    :returns: the status to end with.
    """
    # Analytics and the tree would make two syntheses of the same sources differ, and nothing reads them.
    app = App(analytics_reporting=False, tree_metadata=False, builtin_cloud_formation_validation=False)
    # What `cdk --no-validation` sets, and what the CDK's built-in validation heeds.
    without = {CLOUD_FORMATION} if os.environ.get("CDK_VALIDATION") == "false" else set()
    memory = Memory(FINDINGS)
    try:
        build(app, configuration_from_context(app), memory=memory, without=without)
        app.synth()
        memory.forget()
    except KeyboardInterrupt:
        print("interrupted; nothing was deployed", file=sys.stderr)  # noqa: T201 - the entry point talks to people
        return INTERRUPTED
    except (ContextError, ConfigurationError, LayerMissingError, ComponentError, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - the entry point talks to people
        return 1
    except RuntimeError as error:
        if not isinstance(error.__cause__, JavaScriptError):
            raise
        # What the CDK says went wrong; its cause is the stack of its own functions, which helps nobody.
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - the entry point talks to people
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
