"""What holds where a request says nothing itself: the deployment's configuration, and the fleet's settings on top.

The fleet's settings may change at any moment; each request is treated by those that hold when it arrives. Where they
come from is the business of `management`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping

from contract.fleet_settings import FleetSettings
from contract.modes import Mode
from slipway_proxy.hosts import HostRules

logger = logging.getLogger(__name__)


class Steering:
    """The settings that hold now.

    :param default_mode: mode, by configuration, where a request chooses none.
    :param allowed_hosts: names that may be reached, by configuration; none means all.
    :param blocked_hosts: names that may not be reached, by configuration; the fleet's come on top.
    :param known: fleet settings to begin with.
    :param keep: takes note of new fleet settings, for the process that comes after this one.
    :ivar default_mode: the mode where a request chooses none.
    :ivar ratings: shares from which texts are changed, by mode, where a request says none.
    """

    def __init__(
        self,
        *,
        default_mode: Mode,
        allowed_hosts: Iterable[str] = (),
        blocked_hosts: Iterable[str] = (),
        known: FleetSettings = FleetSettings(),  # noqa: B008 - frozen
        keep: Callable[[FleetSettings], None] = lambda _: None,
    ) -> None:
        self._configured_mode = default_mode
        self._allowed = tuple(allowed_hosts)
        self._blocked = tuple(blocked_hosts)
        self._keep = keep
        self._refused: object = None
        self._use(known)

    @property
    def version(self) -> int:
        """Version of the fleet's settings that hold; 0 where nobody has set any."""
        return self._version

    def refusal_of_name(self, name: str) -> str | None:
        """Return why a host is refused by its name, or None."""
        return self._rules.refusal(name)

    def offer(self, offered: object) -> None:
        """Use what proxy management calls its newest settings, from the next request on.

        An older version than the one that holds changes nothing, nor does what cannot be understood, which a newer
        deployment may have written.

        :param offered: settings as JSON knows them; None for nothing new.
        """
        if offered is None or offered == self._refused:
            return
        try:
            settings = FleetSettings.from_dict(offered if isinstance(offered, Mapping) else {})
        except ValueError as error:
            self._refused = offered  # it comes with every report, and is worth one line
            logger.error(  # noqa: TRY400
                "fleet settings not understood, those of version %d still hold: %s; "
                "if proxy management is newer than this image, deploy the fleet, too",
                self._version,
                error,
            )
            return
        if settings.version <= self._version:
            return
        self._use(settings)
        logger.warning("fleet settings of version %d hold from now on", settings.version)
        try:
            self._keep(settings)
        except OSError as error:
            logger.warning("fleet settings not kept for the next process: %s", error)

    def _use(self, settings: FleetSettings) -> None:
        self._version = settings.version
        self.default_mode = self._configured_mode if settings.default_mode is None else Mode(settings.default_mode)
        self.ratings: Mapping[Mode, float] = {Mode(mode): rating for mode, rating in settings.ratings.items()}
        self._rules = HostRules(self._allowed, (*self._blocked, *settings.blocked_hosts))
