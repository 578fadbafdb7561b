"""Write policies for `cdk bootstrap --cloudformation-execution-policies`: `python -m local.execution_policy cdk.out`.

Without them, CloudFormation may do everything in the account. It reads assemblies, and the registry's schemas that came
with the embedded AWS.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from config.printing import show
from emulator.paths import VENVS
from emulator.strict.registry import Registry
from local.execution_rights import AssemblyError, derive, registered

SCHEMAS = "lib/python3.*/site-packages/cfnlint/data/schemas"


def registry(environment: Path = VENVS / "emulator") -> Registry:
    """Return the registry in the embedded AWS's virtual environment.

    :raises AssemblyError: if the set-up has not made it.
    """
    folder = next(environment.glob(SCHEMAS), None)
    if folder is None:
        raise AssemblyError(f"{environment} holds no schemas of the CloudFormation registry; run 'make setup'")
    return Registry(folder)


def account(text: str) -> str:
    """Return an account's number as it was given.

    :raises argparse.ArgumentTypeError: if it is none; AWS would take the policies, and they would allow nothing.
    """
    if not re.fullmatch("[0-9]{12}", text):
        raise argparse.ArgumentTypeError(f'"{text}" is no account; it has twelve digits, for example 123456789012')
    return text


def write(policies: Sequence[str], folder: Path) -> list[Path]:
    """Write policies in place of those of an earlier run, of which there may have been more; return their paths.

    :param folder: for `policy-1.json`, `policy-2.json`, ...
    :raises OSError: if it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for earlier in folder.glob("policy-*.json"):
        earlier.unlink()
    paths = [folder / f"policy-{number}.json" for number in range(1, len(policies) + 1)]
    for path, text in zip(paths, policies, strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def main(arguments: Sequence[str]) -> int:
    """Write the policies and print their paths; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m local.execution_policy", description="Write policies for CloudFormation to deploy with."
    )
    parser.add_argument("assembly", nargs="+", type=Path, help="folder that 'cdk synth' wrote; one per environment")
    parser.add_argument("--account", required=True, type=account, help="the account's twelve digits")
    parser.add_argument("--output", type=Path, required=True, help="folder for policy-1.json, policy-2.json, ...")
    options = parser.parse_args(arguments)
    try:
        paths = write(derive(options.assembly, options.account, registered(registry())), options.output)
    except AssemblyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}; name a folder that can be written", file=sys.stderr)
        return 1
    return show("\n".join(map(str, paths)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
