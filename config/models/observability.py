"""Settings of the observability stack: whom alarms tell, and when they go off."""

from typing import Annotated

from pydantic import Field, StringConstraints

from config.models.base import Model


class Observability(Model):
    """Alarms and the dashboard."""

    alarm_email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)] | None = None
    """Mail address that alarms are sent to; none for nobody (the topic exists all the same)."""

    evaluation_minutes: int = Field(default=5, ge=1, le=60)
    """Time, in minutes, over which an alarm looks back."""

    function_error_threshold: int = Field(default=1, ge=1, le=1_000_000)
    """Failed invocations of one function in a minute that raise its alarm."""

    function_throttle_threshold: int = Field(default=1, ge=1, le=1_000_000)
    """Refused invocations of one function in a minute that raise its alarm."""

    unhealthy_instance_threshold: int = Field(default=1, ge=1, le=1000)
    """Unhealthy instances that raise the alarm."""
