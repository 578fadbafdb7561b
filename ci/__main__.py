"""`python -m ci`: the commands of the workflows. Data goes to standard output, talk to standard error."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import httpx

import config
from ci import differences, smoke
from ci.aws import Aws
from config.loader import ENVIRONMENTS
from config.models.base import LOCAL, PRODUCTION
from config.printing import show
from contract import headers


class UsageError(Exception):
    """The command cannot be done as asked; the message says why and what to do."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def environments(folder: Path = ENVIRONMENTS) -> list[str]:
    """Return all environments but the one of the embedded AWS, production last.

    :param folder: with their files.
    """
    return in_order(name for name in config.environment_names(folder) if name != LOCAL)


def in_order(names: Iterable[str]) -> list[str]:
    """Return names of environments sorted, production last."""
    return sorted(names, key=lambda name: (name == PRODUCTION, name))


def write_comment(folder: Path) -> str:
    """Return the comment on what each environment's comparison left in a folder.

    :param folder: `<environment>.diff` with what `cdk diff` printed, `.failed` where it failed, `.skipped` with the
        reason where it was not run.
    :raises UsageError: if it holds none of them.
    """
    files = {path.stem: path for path in folder.rglob("*") if path.suffix in (".diff", ".failed", ".skipped")}
    if not files:
        raise UsageError(f"{folder} holds no comparison (*.diff, *.failed, *.skipped)")
    return differences.comment(_read(files[name]) for name in in_order(files))


def _read(path: Path) -> differences.Differences:
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".skipped":
        return differences.skipped(path.stem, text.strip())
    return differences.read(path.stem, text, status=int(path.suffix == ".failed"))


def read_outputs(file: Path) -> Mapping[str, Mapping[str, str]]:
    """Return what `cdk deploy --outputs-file` wrote: outputs by stack.

    :raises UsageError: if the file does not hold that.
    """
    try:
        outputs = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(outputs, dict) and all(isinstance(each, dict) for each in outputs.values()):
            return outputs
        why = "it holds something else than the outputs of stacks"
    except OSError as error:
        why = f"it cannot be read: {error.strerror}"
    except ValueError as error:
        why = f"it is no JSON: {error}"
    raise UsageError(f"{file}: {why}; give what `cdk deploy --outputs-file {file.name}` wrote")


def smoke_test(arguments: argparse.Namespace) -> None:
    """Look whether what was deployed works.

    :raises smoke.SmokeError: if it does not.
    :raises UsageError: if the outputs cannot be read.
    """
    configuration = config.load(arguments.environment)
    deployed = read_outputs(arguments.outputs)
    cloud = Aws()
    home = configuration.region
    regions = {name: next((r for r in configuration.regions if name.endswith(f"-{r}")), home) for name in deployed}
    smoke.check_stacks(cloud, regions, say)
    smoke.await_targets(
        cloud,
        deployed,
        minimum=configuration.fleet.minimum,
        timeout_seconds=arguments.timeout,
        clock=time.monotonic,
        sleep=time.sleep,
        say=say,
    )
    if arguments.proxy:
        smoke.check_page(lambda page: fetch(page, arguments.proxy), arguments.page, say)
    else:
        say("no page was sent: the proxy's address was not given (--proxy), as none outside its network reaches it")


def fetch(page: str, proxy: str) -> smoke.Answer:
    """Open an address through the proxy.

    :raises smoke.SmokeError: if nothing answers.
    """
    try:
        answer = httpx.get(page, proxy=proxy, headers={headers.MODE: "xxx"}, timeout=60, trust_env=False)
    except httpx.HTTPError as error:
        raise smoke.SmokeError(f"{page} through {proxy}: {error or type(error).__name__}") from error
    return smoke.Answer(answer.status_code, answer.headers.get(headers.RESULT, ""))


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="python -m ci", description=__doc__)
    commands = made.add_subparsers(dest="command", required=True)
    listed = commands.add_parser("environments", help="list the environments that can be deployed to AWS")
    listed.add_argument("--json", action="store_true", help="print JSON")
    comment = commands.add_parser("comment", help="write one comment on what all environments' comparisons found")
    comment.add_argument("folder", type=Path, help="with ENVIRONMENT.diff, .failed or .skipped for each")
    tested = commands.add_parser("smoke", help="look whether what was deployed works; it changes nothing")
    tested.add_argument("environment", help="name of the environment")
    tested.add_argument("--outputs", type=Path, required=True, help="what `cdk deploy --outputs-file` wrote")
    tested.add_argument("--timeout", type=float, default=900, help="seconds to wait for instances (%(default)s)")
    tested.add_argument("--proxy", default="", help="address of the proxy, where it can be reached from here")
    tested.add_argument("--page", default="http://example.com/", help="page to send through it (%(default)s)")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit status."""
    given = parser().parse_args(arguments)
    try:
        match given.command:
            case "environments":
                return show(json.dumps(environments()) if given.json else "\n".join(environments()))
            case "comment":
                return show(write_comment(given.folder).rstrip("\n"))
            case _:
                smoke_test(given)
    except (UsageError, smoke.SmokeError, config.ConfigurationError) as error:
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say("interrupted; nothing was changed")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
