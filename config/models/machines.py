"""EC2's instance types, as far as they are known here.

One that AWS offers since is told from a slip of the pen by `exceptions.known-instance-type`. A test compares with
botocore, whose own list is inside a description of all of EC2 that takes too long to read at each synthesis.
"""

from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "instance_types.txt"


@cache
def instance_types() -> frozenset[str]:
    """Return the names of all that are known."""
    families = (line.split() for line in FILE.read_text(encoding="utf-8").splitlines())
    return frozenset(f"{family}.{size}" for family, *sizes in families for size in sizes)
