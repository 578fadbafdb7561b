"""What the bare system gets of a cloud image; that the build takes it away again is for `tests/image`."""

from __future__ import annotations

import json
from pathlib import Path

from local.image import cloud_image


def test_lines_are_added_to_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/bash\n")

    cloud_image.furnish(tmp_path)

    names = [line.partition(":")[0] for line in (tmp_path / "etc/passwd").read_text().splitlines()]
    assert names == ["root", "ubuntu"]
    assert (tmp_path / "etc/fstab").read_text() == "/swapfile none swap sw 0 0\n"


def test_every_file_is_there_and_the_instance_is_one_of_them(tmp_path: Path) -> None:
    cloud_image.furnish(tmp_path)

    for name, text in cloud_image.FILES.items():
        assert (tmp_path / name).read_text() == text
    assert (tmp_path / "var/lib/cloud/instance/user-data.txt").exists()
    device = json.loads((tmp_path / "var/lib/snapd/state.json").read_text())["data"]["auth"]["device"]
    assert set(device) == {"brand", "model", "key-id", "serial"}
