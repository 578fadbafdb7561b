"""Set-up does each step once, again when its inputs change, and never counts an interrupted one as done."""

import hashlib
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from emulator.processes import ProcessIdentity, wait_until_gone
from local.setup import (
    COMPILE,
    ROOT,
    UV,
    SetupError,
    Step,
    build,
    command_text,
    compiler_of,
    drop_what_never_runs,
    native_steps,
    uv_settings,
    wait_with_word,
)  # fmt: skip


class Recorder:
    """A step's work: notes that it ran, and fails once where asked to."""

    def __init__(self, output: Path, failures: int = 0) -> None:
        self.output = output
        self.runs = 0
        self.failures = failures

    def __call__(self) -> None:
        self.runs += 1
        if self.runs <= self.failures:
            raise SetupError("no network")
        self.output.write_text("built")


def make_step(folder: Path, name: str, failures: int = 0) -> tuple[Step, Recorder]:
    lock = folder / f"{name}.txt"
    lock.write_text("one")
    recorder = Recorder(folder / f"{name}.out", failures)
    return Step(name, (lock,), (recorder.output,), recorder), recorder


def test_a_step_is_done_once(tmp_path: Path) -> None:
    step, recorder = make_step(tmp_path, "a")
    build([step], tmp_path / "stamps")
    build([step], tmp_path / "stamps")
    assert recorder.runs == 1


def test_a_changed_lock_makes_it_run_again(tmp_path: Path) -> None:
    step, recorder = make_step(tmp_path, "a")
    build([step], tmp_path / "stamps")
    step.inputs[0].write_text("two")
    build([step], tmp_path / "stamps")
    assert recorder.runs == 2


def test_a_missing_output_makes_it_run_again(tmp_path: Path) -> None:
    step, recorder = make_step(tmp_path, "a")
    build([step], tmp_path / "stamps")
    recorder.output.unlink()
    build([step], tmp_path / "stamps")
    assert recorder.runs == 2


def test_a_failed_step_is_done_again_and_those_before_it_are_not(tmp_path: Path) -> None:
    first, done = make_step(tmp_path, "first")
    second, failing = make_step(tmp_path, "second", failures=1)
    with pytest.raises(SetupError, match="no network"):
        build([first, second], tmp_path / "stamps")
    build([first, second], tmp_path / "stamps")
    assert (done.runs, failing.runs) == (1, 2)


@pytest.mark.parametrize(("platform", "version"), [("darwin", (3, 12)), ("linux", (3, 14))])
def test_a_machine_that_can_load_no_layer_gets_packages_of_its_own(platform: str, version: tuple[int, int]) -> None:
    assert [step.name for step in native_steps(platform, version)] == ["function packages for this machine"]


def test_a_machine_like_lambda_needs_none() -> None:
    assert native_steps("linux", (3, 12)) == []


SLOW = """
import sys
from pathlib import Path
from local.setup import Step, main, run

folder, seconds = Path(sys.argv[1]), sys.argv[2]
work = '''
import os, sys, time
from pathlib import Path
folder = Path(sys.argv[1])
(folder / "pid").write_text(str(os.getpid()))
time.sleep(float(sys.argv[2]))
(folder / "built").touch()
'''
# Not a shell: one that is interrupted just as it forks may go on waiting for its child.
step = Step("slow step", (), (folder / "built",), lambda: run(sys.executable, "-c", work, str(folder), seconds))
sys.exit(main([step], folder / "stamps"))
"""


def start_slow(folder: Path, seconds: int) -> subprocess.Popen[str]:
    """Start a set-up of one step in a process group of its own, as a terminal does."""
    return subprocess.Popen(
        [sys.executable, "-c", SLOW, str(folder), str(seconds)],
        cwd=Path(__file__).resolve().parents[3],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_ctrl_c_ends_it_with_a_word_and_the_next_run_completes(tmp_path: Path) -> None:
    with start_slow(tmp_path, 60) as interrupted:
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
            assert interrupted.poll() is None
        work = ProcessIdentity.of(int((tmp_path / "pid").read_text()))
        os.killpg(interrupted.pid, signal.SIGINT)
        _, said = interrupted.communicate(timeout=30)
    assert interrupted.returncode == 130, said
    assert "set-up interrupted; nothing is lost: run the same command again to go on" in said
    assert "Traceback" not in said
    assert wait_until_gone([work], 10)
    assert not (tmp_path / "built").exists()

    with start_slow(tmp_path, 0) as completed:
        _, said = completed.communicate(timeout=30)
    assert completed.returncode == 0, said
    assert (tmp_path / "built").exists()


def test_what_pip_knows_of_mirrors_and_certificates_is_passed_on_to_uv() -> None:
    listing = "\n".join(
        (
            "global.index-url='https://mirror.example/simple'",
            "global.extra-index-url='https://one.example https://two.example'",
            "install.find-links='/wheels\\n/more'",
            ":env:.cert='/etc/company.pem'",
            "global.timeout='30'",
        )
    )

    assert uv_settings(listing) == {
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "UV_INDEX": "https://one.example https://two.example",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": "/wheels,/more",
        "SSL_CERT_FILE": "/etc/company.pem",
    }


def test_a_version_that_a_nearer_index_lacks_comes_from_a_farther_one(tmp_path: Path) -> None:
    """A machine's own index may hold an older wheel of a package than the one that the lock names."""
    for folder, version in (("near", "1.0"), ("far", "2.0")):
        index = tmp_path / folder / "slipway-example"
        index.mkdir(parents=True)
        wheel = index / f"slipway_example-{version}-py3-none-any.whl"
        info = f"slipway_example-{version}.dist-info"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: slipway-example\nVersion: {version}\n")
            archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{info}/RECORD", "")
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        (index / "index.html").write_text(f'<a href="{wheel.name}#sha256={digest}">{wheel.name}</a>')
    lock = tmp_path / "lock.txt"
    lock.write_text(f"slipway-example==2.0 --hash=sha256:{digest}\n")
    settings = uv_settings(
        f"global.extra-index-url='{(tmp_path / 'near').as_uri()}'\nglobal.index-url='{(tmp_path / 'far').as_uri()}'"
    )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}

    subprocess.run(
        [
            UV, "pip", "install", "-q", "--require-hashes", "--no-cache", "--target", tmp_path / "installed",
            "-r", lock,
        ],
        check=True, env={**inherited, **settings},
    )  # fmt: skip

    assert (tmp_path / "installed" / "slipway_example-2.0.dist-info").is_dir()


def test_a_long_step_says_that_it_is_at_work(capsys: pytest.CaptureFixture[str]) -> None:
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE) as process:
        # It ends when it has been spoken of: the closed pipe is what it waits for.
        said = capsys.readouterr

        class Waiting:
            returncode = None

            def wait(self, timeout: float | None = None) -> int:
                if "is at work" in said().err:
                    process.stdin.close()
                return process.wait(timeout)

            def kill(self) -> None:
                process.kill()

        wait_with_word(Waiting(), "uv pip", interval=0.05)

    assert process.returncode == 0


def test_the_command_runs_from_any_folder_and_from_a_path_with_spaces(tmp_path: Path) -> None:
    folder = tmp_path / "a folder" / ("long" * 40)
    folder.mkdir(parents=True)
    (folder / "python").symlink_to(sys.executable)
    (folder / "root").symlink_to(ROOT)
    command = folder / "slipway"
    command.write_text(command_text(folder / "python", folder / "root"))
    command.chmod(0o755)
    packages = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))}

    result = subprocess.run(
        [command, "--version"],
        cwd=tmp_path,
        env={**os.environ, **packages},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("slipway ")


def test_byte_code_is_made_by_the_python_that_reads_it(tmp_path: Path) -> None:
    here = ".".join(map(str, sys.version_info[:2]))
    compiler = compiler_of(here, tmp_path / "pythons")
    assert compiler == tmp_path / "pythons" / f"python{here}"
    (tmp_path / "packages").mkdir()
    source = tmp_path / "packages" / "library.py"
    source.write_text("value = 1\n")

    subprocess.run([compiler, *COMPILE, "-s", tmp_path, "-p", "/opt", tmp_path / "packages"], check=True)
    source.write_text("value = 2\n")

    program = [compiler, "-c", "import library; print(library.value)"]
    found = subprocess.run(program, cwd=source.parent, capture_output=True, text=True, check=True)
    assert found.stdout == "1\n"


def test_without_such_a_python_there_is_no_link_to_one(tmp_path: Path) -> None:
    (tmp_path / "python3.4").symlink_to(sys.executable)

    assert compiler_of("3.4", tmp_path) is None
    assert not (tmp_path / "python3.4").is_symlink()


def test_of_packages_stays_what_runs_and_who_made_them(tmp_path: Path) -> None:
    packages = tmp_path / "python" / "lib" / "python3.12" / "site-packages"
    stays = ("one/bin/tool.py", "one/data.txt", "one-1.dist-info/METADATA", "one-1.dist-info/licenses/LICENSE")
    goes = ("bin/tool", "one/types.pyi", "one-1.dist-info/RECORD", "one-1.dist-info/sboms/a.json")
    for name in (*stays, *goes):
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_text("")

    drop_what_never_runs(tmp_path)

    assert {str(path.relative_to(packages)) for path in packages.rglob("*") if path.is_file()} == set(stays)
