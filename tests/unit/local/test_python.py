"""`local/python` finds a Python that really works, or says what to do."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "local" / "python"


def run_script(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPT, *arguments], env=environment, capture_output=True, text=True)


def make_python(folder: Path, name: str, body: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    return program


def base_environment(home: Path) -> dict[str, str]:
    # Only the shell's own tools are on PATH, so that no Python of this machine is found by its name.
    tools = home / "tools"
    tools.mkdir(parents=True, exist_ok=True)
    for tool in ("sh", "ls", "head"):
        (tools / tool).symlink_to(f"/bin/{tool}" if Path(f"/bin/{tool}").exists() else f"/usr/bin/{tool}")
    return {"PATH": str(tools), "HOME": str(home)}


def test_a_shim_that_refuses_to_run_is_passed_over(tmp_path: Path) -> None:
    environment = base_environment(tmp_path)
    shims = tmp_path / "shims"
    make_python(shims, "python3.12", "echo 'version not set' >&2; exit 127")
    make_python(tmp_path / "pyenv/versions/3.12.9/bin", "python3", f'exec "{sys.executable}" "$@"')
    environment |= {"PATH": f"{shims}{os.pathsep}{environment['PATH']}", "PYENV_ROOT": str(tmp_path / "pyenv")}
    result = run_script(environment, "-c", "print('found')")
    assert result.stdout == "found\n"


def test_the_chosen_python_is_taken(tmp_path: Path) -> None:
    chosen = make_python(tmp_path, "mine", f'[ "$2" = hello ] && echo mine || exec "{sys.executable}" "$@"')
    result = run_script(base_environment(tmp_path / "home") | {"SLIPWAY_PYTHON": str(chosen)}, "x", "hello")
    assert result.stdout == "mine\n"


def test_a_chosen_python_that_is_too_old_is_refused_with_the_next_step(tmp_path: Path) -> None:
    old = make_python(tmp_path, "python3.9", "exit 1")
    result = run_script(base_environment(tmp_path / "home") | {"SLIPWAY_PYTHON": str(old)}, "x")
    assert result.returncode == 1
    assert f"SLIPWAY_PYTHON is '{old}', which is no Python >= 3.12" in result.stderr
    assert "next: install Python 3.12 or newer" in result.stderr
    assert result.stdout == ""


def test_one_version_may_be_asked_for(tmp_path: Path) -> None:
    environment = base_environment(tmp_path)
    for version in ("3.12", "3.13"):
        body = f'case "$2" in *{version}*) [ "$1" = -c ] && echo {version} ;; *) exit 1 ;; esac'
        make_python(tmp_path / f"pyenv/versions/{version}.1/bin", "python3", body)
    environment |= {"PYENV_ROOT": str(tmp_path / "pyenv")}

    found = run_script(environment | {"SLIPWAY_PYTHON_VERSION": "3.13"}, "-c", "'3.13'")
    missing = run_script(environment | {"SLIPWAY_PYTHON_VERSION": "3.14"}, "-c", "'3.14'")

    assert (found.returncode, found.stdout) == (0, "3.13\n")
    assert (missing.returncode, missing.stdout, missing.stderr) == (1, "", "")
