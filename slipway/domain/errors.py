"""What every command of the control plane can end with: an error with a code, its cause, and what to do next."""

from __future__ import annotations


class SlipwayError(Exception):
    """Something cannot be done.

    :param code: short and stable, for programs, for example `image-stack-missing`.
    :param what: what happened and why, with the bad value and what is allowed, in lower case; never a secret.
    :param next_step: what to do now.
    """

    def __init__(self, code: str, what: str, next_step: str) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        """Return what is shown to people."""
        return f"{self.what}\n  next: {self.next_step}"


class RefusedError(SlipwayError):
    """AWS refuses a call, whoever makes it may not do this, or what it names does not exist."""


class UnreachableError(SlipwayError):
    """AWS does not answer, or not just now, although the call was made several times: it may well work later."""


class MissingError(SlipwayError):
    """What was asked for does not exist."""
