"""What a process tells proxy management, and learns from it: reports one way, the fleet's settings the other.

Proxy management may be away at any time; then the process goes on with the settings that it has.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol

from contract.statistics import Cell, Report
from slipway_proxy.functions import RefusedContentError
from slipway_proxy.statistics import UnacceptableReportError
from slipway_proxy.steering import Steering

logger = logging.getLogger(__name__)

FETCH_SECONDS = 2.0
"""The most that one try at a start takes. Who serves too late is worse than who serves by the last known settings."""

PAUSE_SECONDS = 0.5
"""Before a second try. A function that was only cold or throttled has come round by then."""


class Services(Protocol):
    """What is asked of the function; see :class:`slipway_proxy.functions.PageServices`."""

    async def report(self, instance_id: str, process_id: str, report: Report) -> object: ...

    async def fleet_settings(self) -> object: ...


class Work(Protocol):
    """What a process is doing now; see :class:`slipway_proxy.addon.SlipwayAddon`."""

    @property
    def running_flows(self) -> int: ...

    @property
    def failing(self) -> tuple[str, ...]: ...


class Management:
    """Proxy management, as one process sees it.

    :param services: makes the calls.
    :param steering: takes the settings.
    :param instance_id: of this machine.
    :param process_id: of this process, which no other ever had.
    """

    def __init__(self, services: Services, steering: Steering, *, instance_id: str, process_id: str) -> None:
        self._services = services
        self._steering = steering
        self._instance_id = instance_id
        self._process_id = process_id

    async def fetch(self) -> None:
        """Fetch the newest settings; a failure is logged, and the next report asks again.

        Who knows none from before would serve without the fleet's list of blocked hosts, so it tries a second time.
        """
        if not await self._fetched() and not self._steering.version:
            await asyncio.sleep(PAUSE_SECONDS)
            await self._fetched()

    async def _fetched(self) -> bool:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                self._steering.offer(await self._services.fleet_settings())
        except Exception as error:  # nothing that is wrong there may keep a proxy from starting
            logger.warning(
                "fleet settings not fetched: %s; those of version %d hold until a report brings newer ones",
                str(error) or "timeout",
                self._steering.version,
            )
            return False
        return True

    async def report(self, sequence: int, cells: Mapping[str, Cell], work: Work, *, last: bool) -> None:
        """Deliver a report, and use the settings that come back.

        :param cells: by minute.
        :param work: what the process is doing.
        :param last: whether the process ends.
        :raises UnacceptableReportError: if the function will never take it.
        :raises FunctionError: if it was not delivered, and may be later.
        """
        report = Report(
            sequence,
            running=work.running_flows,
            settings_version=self._steering.version,
            failing=work.failing,
            ended=last,
            cells=dict(cells),
        )
        try:
            self._steering.offer(await self._services.report(self._instance_id, self._process_id, report))
        except RefusedContentError as error:
            raise UnacceptableReportError(str(error)) from error
