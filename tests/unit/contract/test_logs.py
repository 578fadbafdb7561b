"""Log groups that more than one part names."""

from __future__ import annotations

from contract import logs


def test_the_instances_logs_stand_beside_the_other_logs_of_their_deployment() -> None:
    assert logs.instances("/slipway/production") == "/slipway/production/instances"
