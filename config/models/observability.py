"""Settings of the observability stack: whom alarms tell, when they go off, and what the whole may cost."""

from typing import Annotated

from pydantic import Field

from config.models.base import EmailAddress, Model
from config.models.forms import Form

Url = Annotated[
    str, Form("an HTTPS address without a password", r"https://[^\s/@]+(/\S*)?", "https://example.org/alarms", 2048)
]
Address = Annotated[str, Form("an address without spaces", r"[!-~]+", "https://wiki.example.org/runbooks", 200)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class Observability(Model):
    """Alarms, the dashboard and saved queries."""

    alarm_emails: tuple[EmailAddress, ...] = Field(default=(), max_length=20)
    """Mail addresses that alarms and the budget are sent to; each has to confirm a mail once. The topic exists without
    any, too."""

    alarm_urls: tuple[Url, ...] = Field(default=(), max_length=20)
    """HTTPS addresses that get alarms and the budget as a POST of Amazon SNS, such as those of services that call
    people."""

    runbook_url: Address = "docs/runbooks"
    """Address below which the pages on alarms stand, as alarms name it; by default a folder of this repository."""

    evaluation_minutes: int = Field(default=5, ge=1, le=60)
    """Time, in minutes, over which an alarm looks back."""

    function_error_threshold: Count = 1
    """Failed invocations of one function in a minute that raise its alarm."""

    function_throttle_threshold: Count = 1
    """Refused invocations of one function in a minute that raise its alarm."""

    function_duration_threshold_ms: int = Field(default=1500, ge=1, le=900_000)
    """Time, in milliseconds, that the slowest twentieth of one function's invocations takes, in every minute looked
    back over, that raises its alarm; pages come back untouched after `proxy.function_timeout_seconds`."""

    unhealthy_instance_threshold: int = Field(default=1, ge=1, le=1000)
    """Unhealthy instances, in every minute looked back over, that raise the alarm; there is another one for when none
    is healthy."""

    cpu_threshold_percent: int = Field(default=85, ge=10, le=100)
    """Mean CPU use of all instances, in percent, in every minute looked back over, that raises the alarm; more than
    `fleet.scaling.cpu_target_percent`, at which scaling aims."""

    memory_threshold_percent: int = Field(default=90, ge=10, le=100)
    """Memory in use on the instance that has least left, in percent, in every minute looked back over, that raises the
    alarm."""

    disk_threshold_percent: int = Field(default=80, ge=10, le=100)
    """Use of the root volume of the instance that has least left, in percent, in every minute looked back over, that
    raises the alarm."""


class Budget(Model):
    """What the deployment may cost, over all its regions, before somebody is told."""

    monthly_usd: int | None = Field(default=None, ge=1, le=10_000_000)
    """US dollars in a month; none for the estimate times `estimate_percent`. The budget stands in the first region in
    which CloudFormation can make one."""

    estimate_percent: int = Field(default=150, ge=100, le=1000)
    """Budget as a share of the estimate, in percent, where `monthly_usd` gives none."""


class Cost(Model):
    """What the cost estimate assumes of a month, in each region; nothing is deployed from it."""

    pages: int = Field(default=1_000_000, ge=0)
    """Pages whose text is rewritten, in a month."""

    page_kilobytes: int = Field(default=100, ge=1, le=10_000)
    """Size of such a page, in kilobytes."""

    other_gigabytes: int = Field(default=100, ge=0)
    """What else goes through the proxy, such as pictures, in gigabytes in a month."""

    cached_percent: int = Field(default=50, ge=0, le=100)
    """Share of the pages that come from the cache, in percent."""

    rated_percent: int = Field(default=100, ge=0, le=100)
    """Share of the other pages whose mode asks how texts feel, in percent; only Comprehend is paid for that."""

    comprehend_units_per_page: int = Field(default=4000, ge=0, le=1_000_000)
    """What Comprehend counts of such a page, in its units: hundreds of characters, at least three for each text."""

    mean_instances: float | None = Field(default=None, ge=0, le=1000)
    """Number of instances over the month, on average; none for `fleet.desired`."""

    spot_discount_percent: int = Field(default=60, ge=0, le=90)
    """What spot instances cost less than on-demand ones, in percent; AWS changes it all the time."""

    image_builds: int = Field(default=4, ge=0, le=1000)
    """Image builds in a month."""

    log_gigabytes: float = Field(default=5, ge=0, le=100_000)
    """Logs that are written, in gigabytes in a month."""
