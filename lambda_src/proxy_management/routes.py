"""HTTP interface of proxy management: parses, calls :mod:`.logic`, shapes the reply."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, ConfigDict, Field

from contract import routes
from contract.statistics import StatisticsSnapshot
from lambda_src.proxy_management import dashboard
from lambda_src.proxy_management.logic import SnapshotStore, report, summarize
from lambda_src.shared.application import Application, json_reply
from lambda_src.shared.settings import ServiceSettings
from lambda_src.shared.validation import check_name

MAX_BODY_BYTES = 64 * 1024

Count = Annotated[int, Field(ge=0, le=2**63 - 1, strict=True)]
CounterName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
Counters = Annotated[dict[CounterName, Count], Field(max_length=100)]


class SnapshotRequest(BaseModel):
    """A :class:`contract.statistics.StatisticsSnapshot` from outside: every value is checked."""

    model_config = ConfigDict(extra="forbid")

    sequence: Count
    requests: Count = 0
    responses: Count = 0
    response_bytes: Count = 0
    recycled: Count = 0
    results: Counters = {}
    modes: Counters = {}

    def to_snapshot(self) -> StatisticsSnapshot:
        """Return the same as plain data."""
        return StatisticsSnapshot(**self.model_dump())


def build_application(settings: ServiceSettings, store: SnapshotStore, logger: Logger | None = None) -> Application:
    """Return the service's handler."""
    app = Application(settings, max_body_bytes=MAX_BODY_BYTES, logger=logger)

    @app.route("PUT", routes.REPORT_STATISTICS, "Report what a process of the proxy has counted.", body=SnapshotRequest)
    def report_statistics(instance_id: str, process_id: str, body: SnapshotRequest) -> Response[str]:
        check_name("path.instance_id", instance_id)
        check_name("path.process_id", process_id)
        if not report(store, instance_id, process_id, body.to_snapshot()):
            app.logger.info(
                "an older or repeated report was dropped", extra={"reporter": f"{instance_id}/{process_id}"}
            )
        return Response(status_code=204)

    @app.route("GET", routes.READ_STATISTICS, "Sum up what all processes have counted.")
    def read_statistics() -> Response[str]:
        return json_reply(summarize(store).to_dict())

    @app.route("GET", routes.DASHBOARD, "Show the same as a page.")
    def show_dashboard() -> Response[str]:
        page = dashboard.render(summarize(store), settings)
        return Response(status_code=200, content_type=dashboard.CONTENT_TYPE, body=page, headers=dashboard.HEADERS)

    return app
