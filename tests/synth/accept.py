"""Accept the templates as they are now, in snapshots and in the pages on stacks: `make snapshots`.

Look at what changed before you commit it.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from tests.synth import stack_pages
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
            if assembly.environment == stack_pages.ENVIRONMENT:
                stack_pages.write(assembly.folder)
    folders = f"{SNAPSHOTS.relative_to(ROOT)} {stack_pages.FOLDER.relative_to(ROOT)}"
    print(f"accepted; look at it: git diff {folders}", file=sys.stderr)  # noqa: T201 - a command
    return 0


if __name__ == "__main__":
    sys.exit(main())
