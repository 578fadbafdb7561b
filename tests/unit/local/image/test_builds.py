"""What an image is built from here is what it is built from on AWS."""

from __future__ import annotations

import io
import zipfile

import pytest

from constructs_lib.bundle import Bundle
from contract.sources import IMAGE_SOURCES
from local.image.builds import sources
from local.setup import ROOT


@pytest.fixture
def root(tmp_path):
    for name in ("ami_build/bin/boot", "ami_build/README.md", "ami_build/.boot.swp", "contract/a.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("what stands there")
    (tmp_path / "contract" / "__pycache__").mkdir()
    (tmp_path / "contract" / "__pycache__" / "a.cpython-312.pyc").write_bytes(bytes(16))
    return tmp_path


def packed(root):
    with zipfile.ZipFile(io.BytesIO(sources(root))) as archive:
        return sorted(archive.namelist())


def test_only_what_travels_is_packed(root):
    assert packed(root) == ["ami_build/bin/boot", "contract/a.py"]


def test_the_same_is_packed_as_the_image_stack_uploads():
    assert packed(ROOT) == [path.as_posix() for path in Bundle.collect(ROOT, IMAGE_SOURCES).paths]
