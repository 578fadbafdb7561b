"""Errors that a function answers with, and their form in JSON.

Logic and adapters raise them; only the application turns them into replies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import ClassVar

JsonScalar = str | int | float | bool | None


@dataclass(frozen=True)
class Detail:
    """One thing that is wrong with a request.

    :param path: where, for example `body.texts.0` or `query.ttl_seconds`.
    :param message: what is wrong.
    :param value: the offending value, shortened; None where there is none.
    :param allowed: what would be accepted; None where words do not add to the message.
    """

    path: str
    message: str
    value: JsonScalar = None
    allowed: JsonScalar = None


class ServiceError(Exception):
    """A request that is answered with an error.

    :param code: short name for programs, for example `invalid-json`.
    :param message: what and why, for people, with the way to mend it.
    :param details: each single problem.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, code: str, message: str, details: Sequence[Detail] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = tuple(details)

    def to_dict(self) -> dict[str, object]:
        """Return the body of the reply."""
        details = [asdict(detail) for detail in self.details]
        return {"error": {"code": self.code, "message": self.message, "details": details}}


class InvalidInputError(ServiceError):
    """The request is understood and wrong."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UnauthorisedError(ServiceError):
    """Nobody has signed in, or no more."""

    status = HTTPStatus.UNAUTHORIZED


class ForbiddenError(ServiceError):
    """It is known who asks, and still it is not to be done."""

    status = HTTPStatus.FORBIDDEN


class NotFoundError(ServiceError):
    """Nothing is kept under that name, or there is no such route."""

    status = HTTPStatus.NOT_FOUND


class WrongMethodError(ServiceError):
    """There is such a path, and it is not to be used this way."""

    status = HTTPStatus.METHOD_NOT_ALLOWED


class ConflictError(ServiceError):
    """The request starts from a state that somebody else has changed meanwhile; look at the new one and ask again."""

    status = HTTPStatus.CONFLICT


class UnavailableError(ServiceError):
    """Something that the function needs does not answer; trying again may help."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
