"""A bundle holds the wanted files and nothing else, and its hash is theirs."""

from __future__ import annotations

import os
import py_compile
import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.bundle import Bundle, Compiler


@pytest.fixture
def root(tmp_path):
    for name, content in {
        "shared/__init__.py": "",
        "shared/a.py": "a = 1\n",
        "shared/__pycache__/a.cpython-312.pyc": "byte code",
        "one/handler.py": "one\n",
        "two/handler.py": "two\n",
        "lone.py": "lone\n",
    }.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path / "root"


def names(bundle):
    return [path.as_posix() for path in bundle.paths]


def test_only_what_was_asked_for(root):
    assert names(Bundle.collect(root, ["shared", "one", "lone.py"])) == [
        "lone.py",
        "one/handler.py",
        "shared/__init__.py",
        "shared/a.py",
    ]


def test_copies_contents_and_modes(root, tmp_path):
    (root / "lone.py").chmod(0o755)

    Bundle.collect(root, ["one", "lone.py"]).copy_to(tmp_path / "copy")

    copied = {str(path.relative_to(tmp_path / "copy")) for path in (tmp_path / "copy").rglob("*") if path.is_file()}
    assert copied == {"one/handler.py", "lone.py"}
    assert (tmp_path / "copy" / "one" / "handler.py").read_text() == "one\n"
    assert (tmp_path / "copy" / "lone.py").stat().st_mode & 0o777 == 0o755


def digest(root: Path) -> str:
    return Bundle.collect(root, ["shared", "one"]).digest()


def test_the_hash_is_of_names_and_contents_only(root):
    before = digest(root)
    (root / "two" / "handler.py").write_text("not ours")
    (root / "shared" / "__pycache__" / "b.pyc").write_text("newer byte code")
    (root / "shared" / "a.py").touch()
    assert digest(root) == before

    (root / "shared" / "a.py").write_text("a = 2\n")
    assert digest(root) != before


def test_what_editors_leave_and_people_read_neither_travels_nor_counts(root):
    before = digest(root)
    for name in (".a.py.swp", "a.py~", ".env", "README.md"):
        (root / "shared" / name).write_text("not for a machine")

    assert digest(root) == before
    assert names(Bundle.collect(root, ["shared"])) == ["shared/__init__.py", "shared/a.py"]


def test_a_folder_that_was_built_travels_whole(root):
    (root / "shared" / ".libraries").mkdir()
    (root / "shared" / ".libraries" / "README.md").write_text("a package's own")

    assert "shared/.libraries/README.md" in names(Bundle.collect(root, ["shared"], identity="the lock"))


def test_a_moved_file_has_another_hash(root):
    before = digest(root)
    (root / "shared" / "a.py").rename(root / "shared" / "b.py")

    assert digest(root) != before


def test_contents_do_not_run_into_each_other(root):
    (root / "shared" / "a.py").write_text("xy")
    (root / "shared" / "b.py").write_text("z")
    before = digest(root)
    (root / "shared" / "a.py").write_text("x")
    (root / "shared" / "b.py").write_text("yz")

    assert digest(root) != before


def test_what_files_are_built_from_may_stand_for_them(root):
    bundle = Bundle.collect(root, ["shared"], identity="the lock")
    (root / "shared" / "a.py").write_text("built on another day")

    assert bundle.digest() == Bundle.collect(root, ["shared"], identity="the lock").digest()
    assert bundle.digest() != Bundle.collect(root, ["shared"], identity="another lock").digest()


def test_a_missing_source_is_named(root):
    with pytest.raises(FileNotFoundError, match="three"):
        Bundle.collect(root, ["one", "three"])


def test_the_asset_is_the_copy(root, stack, app):
    asset = Bundle.collect(root, ["one"]).as_asset(stack, "Asset")

    folder = Path(app.outdir) / f"asset.{asset.asset_hash}"
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["handler.py"]


def compile_in_place(folder, mode):
    """Leave byte code as Python does by the way, or as it is made to travel."""
    for path in folder.rglob("*.py"):
        py_compile.compile(str(path), invalidation_mode=mode)


def test_byte_code_travels_where_it_was_made_to(root):
    compile_in_place(root / "one", py_compile.PycInvalidationMode.TIMESTAMP)
    compile_in_place(root / "shared", py_compile.PycInvalidationMode.UNCHECKED_HASH)
    tag = sys.implementation.cache_tag

    caches = [name for name in names(Bundle.collect(root, ["shared", "one"])) if "__pycache__" in name]

    assert caches == [f"shared/__pycache__/__init__.{tag}.pyc", f"shared/__pycache__/a.{tag}.pyc"]


def test_a_bundle_is_compiled_where_it_is_copied_to(root, tmp_path):
    (root / "one" / "handler.py").write_text("def fail():\n    raise ValueError\n")
    copy = tmp_path / "copy"
    Bundle.collect(root, ["one"], compiler=Compiler("python3.12", Path(sys.executable))).copy_to(copy)

    (made,) = copy.rglob("*.pyc")
    assert b"/var/task/one/handler.py" in made.read_bytes()
    assert bytes(tmp_path) not in made.read_bytes()
    (copy / "one" / "handler.py").write_text("raise SystemExit('the source was read')")
    os.utime(copy / "one" / "handler.py", (0, 0))
    result = subprocess.run([sys.executable, "-c", "import one.handler"], cwd=copy, check=False)
    assert result.returncode == 0


def test_the_hash_is_of_sources_and_runtime_and_the_same_without_a_compiler(root, tmp_path):
    here = Compiler("python3.12", Path(sys.executable))
    nowhere = Compiler("python3.12", tmp_path / "none")
    digests = [Bundle.collect(root, ["one"], compiler=each).digest() for each in (here, nowhere)]
    newer = Bundle.collect(root, ["one"], compiler=Compiler("python3.13", Path(sys.executable)))

    assert digests[0] == digests[1]
    assert newer.digest() not in (digests[0], Bundle.collect(root, ["one"]).digest())
    Bundle.collect(root, ["one"], compiler=nowhere).copy_to(tmp_path / "copy")
    assert [path.name for path in (tmp_path / "copy").rglob("*") if path.is_file()] == ["handler.py"]


def test_what_cannot_be_compiled_is_an_error(root, tmp_path):
    (root / "one" / "handler.py").write_text("def\n")

    with pytest.raises(subprocess.CalledProcessError):
        Bundle.collect(root, ["one"], compiler=Compiler("python3.12", Path(sys.executable))).copy_to(tmp_path / "copy")
