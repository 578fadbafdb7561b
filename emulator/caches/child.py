"""Becomes another program that ends with its parent, however that ends: `python -m emulator.caches.child PROGRAM …`.

In a process with several threads nothing may be done between fork and exec, so it is done here, after both.
"""

import os
import sys

from emulator.processes import die_with_parent


def main(command: list[str]) -> None:
    """Be a program from now on.

    :param command: its path, and its arguments.
    """
    die_with_parent()
    os.execv(command[0], command)  # noqa: S606 - there is no shell


if __name__ == "__main__":
    main(sys.argv[1:])
