"""Settings of proxy management."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from contract import environment
from lambda_src.shared.settings import SettingsError, required


@dataclass(frozen=True)
class Folder:
    """A place for objects.

    :param bucket: name of the S3 bucket.
    :param name: folder in it, without slashes at its ends.
    """

    bucket: str
    name: str


@dataclass(frozen=True)
class ManagementSettings:
    """Where what is kept, and how often a process reports.

    :param statistics: what the proxy's processes have counted.
    :param fleet_settings: the fleet's settings and their history.
    :param interval: time between two reports of a process.
    :param default_mode: mode where neither a request nor the fleet's settings choose one.
    :param dashboard_secret_arn: the secret with who may see the dashboard.
    """

    statistics: Folder
    fleet_settings: Folder
    interval: timedelta
    default_mode: str
    dashboard_secret_arn: str

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> ManagementSettings:
        """Read the settings.

        :raises SettingsError: if something is missing, or the interval is no number of seconds above 0.
        """
        return cls(
            statistics=_folder(variables, environment.STATISTICS_BUCKET, environment.STATISTICS_PREFIX),
            fleet_settings=_folder(variables, environment.FLEET_SETTINGS_BUCKET, environment.FLEET_SETTINGS_PREFIX),
            interval=_interval(variables, environment.STATISTICS_INTERVAL_SECONDS),
            default_mode=required(variables, environment.DEFAULT_MODE),
            dashboard_secret_arn=required(variables, environment.DASHBOARD_SECRET_ARN),
        )


def _folder(variables: Mapping[str, str], bucket: str, prefix: str) -> Folder:
    return Folder(required(variables, bucket), required(variables, prefix).strip("/"))


def _interval(variables: Mapping[str, str], name: str) -> timedelta:
    text = required(variables, name)
    try:
        interval = timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        interval = timedelta()
    if interval <= timedelta():
        raise SettingsError(f"environment variable {name} is {text!r}; it has to be a number of seconds above 0")
    return interval
