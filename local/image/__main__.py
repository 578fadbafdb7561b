"""`python -m local.image`: check component documents, run them for real on this machine, and test what they make.

    python -m local.image check ami_build/components/*.yaml     what is wrong with documents; needs nothing
    sudo .venv/bin/python -m local.image run                    build, validate and test an image in a fresh root
    python -m local.image test                                  `run`, and all the tests of the image (make image-test)

`run` needs Linux and root, and leaves nothing behind but the bare system and, with `--keep`, the image's root folder.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from local.commands import finish
from local.console import LocalError, data, talk
from local.image import bases, builds, documents, host, root
from local.image.actions import ActionError
from local.image.awstoe import Argument, BuildFailed, refuse_undeclared
from local.image.report import Report, as_json
from local.setup import PYTHON, ROOT

COMMAND = "python -m local.image"


def check(paths: Sequence[Path], *, show_json: bool = False) -> int:
    """Tell everything that is wrong with documents; return the exit status.

    :param show_json: for programs: a list with file, line, place and message of each problem.
    """
    found = [problem for path in paths for problem in documents.problems(path)]
    if show_json:
        sys.stdout.write(json.dumps([{**asdict(problem), "file": str(problem.file)} for problem in found], indent=2))
        sys.stdout.write("\n")
    else:
        for problem in found:
            data.print(str(problem), soft_wrap=True, markup=False)
    if not found:
        talk.print(f"{len(paths)} document{'' if len(paths) == 1 else 's'}, nothing wrong")
    return 1 if found else 0


def run(
    paths: Sequence[Path], arguments: dict[str, str], *, every_line: bool, show_json: bool, keep: Path | None
) -> int:
    """Build, validate and test an image; return the exit status.

    :param keep: where to move its root folder, as far as it came; it may not exist yet.
    :raises LocalError: if this machine cannot, or a step failed.
    """
    if reason := host.can_build(platform.system(), os.geteuid()):
        raise LocalError(reason, f"sudo {PYTHON} -m local.image run, on Debian or Ubuntu")
    if keep and keep.exists():
        raise LocalError(f"{keep} is there already", "give --keep a folder that does not exist yet")
    report = Report(every_line=every_line)
    hearing, size, failure = report.hearing(), None, None
    try:
        chosen = documents.read_all(paths) if paths else builds.read_components()
        refuse_undeclared(chosen, arguments)
        with builds.workshop(os.environ, arguments=arguments) as shop:
            try:
                image, _ = shop.build(chosen, hearing=hearing)
                size = root.size(image)
                with shop.instance("test", image, hearing=hearing) as machine:
                    shop.executor(machine, hearing).run(chosen, "test")
            finally:
                if keep and shop.image.is_dir():
                    shutil.move(shop.image, keep)
    except documents.DocumentError as error:
        failure = LocalError(f"the documents cannot be run:\n{error}", "mend them; each line says where")
    except (ActionError, Argument) as error:
        failure = LocalError(str(error), "give each parameter by its name: --set NAME=VALUE")
    except BuildFailed as error:
        failure = LocalError(str(error), "read what the step said above, or all of it with --verbose")
    if show_json:
        sys.stdout.write(as_json(report.results, image_bytes=size, failure=str(failure or "")) + "\n")
    if failure:
        raise failure
    seconds = sum(result.seconds for result in report.results)
    talk.print(f"the image has {(size or 0) / 1e6:.0f} MB; its steps took {seconds:.0f} s")
    return 0


def test(options: Sequence[str], *, required: bool) -> int:
    """Run the tests of the image; return the exit status.

    A machine that cannot make a root has nothing to test; it says so, and that is no failure unless they are required.

    :raises LocalError: if they are, and it cannot.
    """
    command = [str(PYTHON), "-B", "-m", "pytest", "-p", "no:cacheprovider", "tests/image", *options]
    reason = host.can_build(platform.system(), os.geteuid())
    if reason and host.can_build(platform.system(), 0, lambda: "") == "" and _sudo_asks_nothing():
        # Files of root's in the checkout would be in its owner's way; settings of pip are the owner's.
        settings = [f"PATH={os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE=1"]
        reason, command = "", ["sudo", "-n", "-E", "env", *settings, *command]
    reason = reason or bases.why_none(host.os_release(), bases.apt_sources())
    if reason and required:
        raise LocalError(f"the image is not tested here: {reason}", "mend that; without --required it is no failure")
    if reason:
        talk.print(f"the image is not tested here: {reason}", soft_wrap=True)
        return 0
    return subprocess.run(command, check=False, cwd=ROOT).returncode


def _sudo_asks_nothing() -> bool:
    try:
        return subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is no NAME=VALUE")
    return name, value


def main(arguments: Sequence[str]) -> int:
    """Do what was typed; return the exit status."""
    parser = argparse.ArgumentParser(
        prog=COMMAND, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    checking = verbs.add_parser("check", help="say what is wrong with documents")
    checking.add_argument("paths", nargs="+", type=Path, metavar="FILE")
    checking.add_argument("--json", action="store_true", help="print file, line, place and message of each as JSON")
    running = verbs.add_parser("run", help="build, validate and test an image in a fresh root")
    running.add_argument("paths", nargs="*", type=Path, metavar="FILE", help="documents; default: all of the image")
    running.add_argument("--set", action="append", default=[], type=_pair, metavar="NAME=VALUE", help="a parameter")
    running.add_argument("--json", action="store_true", help="print seconds and bytes of each step as JSON")
    running.add_argument("--verbose", action="store_true", help="show all that the steps say")
    running.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="move the image's root folder there, even if a step failed"
    )
    testing = verbs.add_parser("test", help="run the tests of the image")
    testing.add_argument("--required", action="store_true", help="fail where this machine cannot run them")
    testing.add_argument("options", nargs="*", help="for pytest; put -- before them")
    options = parser.parse_args(arguments)

    def work() -> int:
        match options.verb:
            case "check":
                return check(options.paths, show_json=options.json)
            case "test":
                return test(options.options, required=options.required)
            case _:
                return run(
                    options.paths,
                    dict(options.set),
                    every_line=options.verbose,
                    show_json=options.json,
                    keep=options.keep,
                )

    typed = f"{COMMAND} {options.verb}"
    return finish(work, command=typed, interrupted="stopped; nothing that was started is left")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
