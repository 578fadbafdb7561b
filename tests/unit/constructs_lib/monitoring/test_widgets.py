"""Parts of a dashboard."""

from __future__ import annotations

from constructs_lib.monitoring import function_metric, graph, heading, log_table
from contract import metrics


def test_a_graph_shows_where_the_alarm_goes_off():
    widget = graph("Errors", [function_metric(metrics.FUNCTION_ERRORS, "f")], limit=5)

    (body,) = widget.to_json()
    assert (widget.width, widget.height) == (12, 6)
    assert body["properties"]["annotations"]["horizontal"][0]["value"] == 5


def test_a_table_asks_the_logs_with_all_commands():
    (body,) = log_table("Answers", ["g"], ["filter x = 1", "limit 3"]).to_json()

    assert body["properties"]["query"] == "SOURCE 'g' | filter x = 1\n| limit 3"


def test_a_heading_is_as_wide_as_the_dashboard():
    assert heading("Fleet").width == 24
