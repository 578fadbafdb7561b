"""The steps that a group can take with its instances. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Launch:
    """Launch an instance; `is_warm` puts it into the warm pool."""

    cause: str
    is_warm: bool = False


@dataclass(frozen=True)
class Take:
    """Start an instance of the warm pool and put it into service."""

    instance_id: str
    cause: str


@dataclass(frozen=True)
class Move:
    """Let an instance enter its next lifecycle state."""

    instance_id: str
    state: str


@dataclass(frozen=True)
class End:
    """Begin to terminate an instance; `is_unhealthy` if that is why."""

    instance_id: str
    cause: str
    is_unhealthy: bool = False


@dataclass(frozen=True)
class Report:
    """Show an instance as unhealthy, and leave it alone."""

    instance_id: str


@dataclass(frozen=True)
class Stop:
    """Stop the machine of an instance."""

    instance_id: str


@dataclass(frozen=True)
class Destroy:
    """Terminate the machine of an instance."""

    instance_id: str


@dataclass(frozen=True)
class Leave:
    """Forget an instance that is gone."""

    instance_id: str


Step = Launch | Take | Move | End | Report | Stop | Destroy | Leave
