"""What every local command does about its end: one clear message, a next step and an exit status, never a traceback."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from config.problems import ConfigurationError
from emulator.launcher import EmulatorError
from local.console import LocalError, complain, talk
from local.page_server import PageServerError


def finish(work: Callable[[], int], *, command: str, interrupted: str) -> int:
    """Do the work of a command and return the exit status.

    :param work: returns the exit status where nothing goes wrong.
    :param command: what the person typed, for example `make up`.
    :param interrupted: what to say after Ctrl-C.
    """
    try:
        return work()
    except (LocalError, EmulatorError, PageServerError, ConfigurationError) as error:
        complain(error)
    except httpx.HTTPError as error:
        again = f"run 'make status' to see what still runs, then '{command}' again"
        complain(LocalError(f"something of the platform does not answer any more: {error}", again))
    except OSError as error:
        complain(_unusable(error, command))
    except KeyboardInterrupt:
        talk.print(f"\n{interrupted}")
        return 130
    return 1


def _unusable(error: OSError, command: str) -> LocalError:
    # A copy names its source first; what cannot be written is the other one.
    place = error.filename2 or error.filename
    what = f"{place} cannot be used: {error.strerror}" if place else str(error)
    mend = "see that the folder is one, may be written and has room (the platform takes about 300 MB)"
    return LocalError(what, f"{mend}, then run '{command}' again")
