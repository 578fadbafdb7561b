"""Settings of the storage stack: what the three buckets keep, and for how long."""

from config.models.base import Days, Model


class Storage(Model):
    """The buckets for artifacts, configuration and transformed pages."""

    access_log_expiration_days: Days = 90
    """Age, in days, at which access logs are deleted."""

    artifact_expiration_days: Days = 365
    """Age, in days, at which build logs and other artifacts are deleted."""

    cache_expiration_days: Days = 7
    """Age, in days, at which transformed pages are deleted, whatever their time to live."""

    statistics_expiration_days: Days = 90
    """Age, in days, at which the counters of a proxy process that reports no more are deleted."""

    previous_version_expiration_days: Days = 90
    """Age, in days, at which replaced versions of configuration objects are deleted."""
