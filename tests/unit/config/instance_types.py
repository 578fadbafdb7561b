"""The instance types that botocore knows, as the configuration keeps them.

`python -m tests.unit.config.instance_types` writes them anew, when a new botocore brings more.
"""

import gzip
import json
from pathlib import Path

import botocore

from config.models.machines import FILE


def of_botocore() -> list[str]:
    """Return the instance types in botocore's description of EC2."""
    folder = Path(botocore.__file__).parent / "data" / "ec2"
    newest = max(folder.glob("*/service-2.json.gz"))
    return json.loads(gzip.decompress(newest.read_bytes()))["shapes"]["InstanceType"]["enum"]


def as_kept(instance_types: list[str]) -> str:
    """Return the file's text: a line for each family, with its sizes behind it."""
    families: dict[str, list[str]] = {}
    for instance_type in sorted(instance_types):
        family, _, size = instance_type.partition(".")
        families.setdefault(family, []).append(size)
    return "".join(f"{' '.join([family, *sizes])}\n" for family, sizes in families.items())


if __name__ == "__main__":
    FILE.write_text(as_kept(of_botocore()), encoding="utf-8")
