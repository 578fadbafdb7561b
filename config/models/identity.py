"""Settings of the identity stack: roles and the secret of the certificate authority."""

from typing import Annotated

from pydantic import Field, StringConstraints

from config.models.base import Model


class Identity(Model):
    """Who may do what."""

    permissions_boundary_arn: (
        Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::(\d{12}|aws):policy/.+$")] | None
    ) = None
    """ARN of a managed policy that bounds every role; none where the account asks for none."""

    session_duration_seconds: int = Field(default=3600, ge=3600, le=43200)
    """Longest session of the instance role, in seconds."""
