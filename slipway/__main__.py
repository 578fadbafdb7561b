"""Entry point of the `slipway` command, also as `python -m slipway`: hands arguments and environment to the commands.

Nothing below reads them from the process. Ctrl-C ends it with status 130 and without a traceback, at any moment.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

INTERRUPTED = 130
"""Status of a command that was interrupted, as shells have it."""


def main() -> int:
    """Run the command that the arguments name, and return the status to end with."""
    try:
        # Here, since an interruption while this loads is one as well.
        from slipway.cli.app import run
        from slipway.cli.world import World

        return run(sys.argv[1:], World(environ=os.environ, now=lambda: datetime.now(UTC)))
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
