"""Settings of proxy management."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contract import environment
from lambda_src.shared.settings import required

DEFAULT_PREFIX = "statistics"


@dataclass(frozen=True)
class ManagementSettings:
    """Where snapshots are kept.

    :param bucket: name of the S3 bucket.
    :param prefix: folder in it, without slashes at its ends.
    """

    bucket: str
    prefix: str

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> ManagementSettings:
        """Read the settings.

        :raises SettingsError: if the bucket is missing.
        """
        prefix = variables.get(environment.STATISTICS_PREFIX, "").strip("/")
        return cls(bucket=required(variables, environment.STATISTICS_BUCKET), prefix=prefix or DEFAULT_PREFIX)
