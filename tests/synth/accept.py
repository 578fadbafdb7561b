"""Accept the templates as they are now: `make snapshots`. Look at what changed before you commit it."""

import shutil
import sys
import tempfile
from pathlib import Path

from tests.synth.assemblies import ENVIRONMENTS, ROOT, SNAPSHOTS, snapshots, synthesise


def main() -> int:
    """Write all snapshots anew, and remove those of stacks that are no more."""
    with tempfile.TemporaryDirectory() as folder:
        assemblies = [synthesise(environment, Path(folder) / environment) for environment in ENVIRONMENTS]
        shutil.rmtree(SNAPSHOTS, ignore_errors=True)
        for assembly in assemblies:
            for path, text in snapshots(assembly):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    print(f"accepted; look at it: git diff {SNAPSHOTS.relative_to(ROOT)}", file=sys.stderr)  # noqa: T201 - a command
    return 0


if __name__ == "__main__":
    sys.exit(main())
