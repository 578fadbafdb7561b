"""What the CloudWatch agent is told to send, and where to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config.cost import METRICS_OF_INSTANCES
from contract import metrics
from contract.environment import CONFIGURATION_DIRECTORY
from slipway_proxy.agent import configuration, main, units
from slipway_proxy.assignment import Assignment

ASSIGNED = Assignment("/slipway/production", "slipway-production-proxy")
AGENT = configuration(ASSIGNED, cores=2)


def test_it_gives_up_root() -> None:
    assert AGENT["agent"]["run_as_user"] == "cwagent"


def test_metrics_belong_to_the_group_and_to_no_instance() -> None:
    assert AGENT["agent"]["omit_hostname"]
    sent = AGENT["metrics"]
    assert sent["namespace"] == metrics.INSTANCE_NAMESPACE
    assert sent["aggregation_dimensions"] == [["AutoScalingGroupName"]]
    (process,) = sent["metrics_collected"]["procstat"]
    for collected in (sent["metrics_collected"]["mem"], sent["metrics_collected"]["disk"], process):
        assert collected["append_dimensions"] == {"AutoScalingGroupName": "slipway-production-proxy"}


def test_every_metric_of_the_instances_is_sent() -> None:
    sent = AGENT["metrics"]["metrics_collected"]
    names = {*sent["mem"]["measurement"], *sent["disk"]["measurement"]}
    names |= {f"procstat_{name}" for each in sent["procstat"] for name in each["measurement"]}
    assert names == {each.name for each in metrics.EMITTED if each.namespace == metrics.INSTANCE_NAMESPACE}


def test_the_cost_estimate_counts_all_that_is_sent() -> None:
    """What has more dimensions than the group is sent as it is, and added up for the group."""
    sent = AGENT["metrics"]["metrics_collected"]
    told_apart = [*sent["disk"]["measurement"], *(name for each in sent["procstat"] for name in each["measurement"])]
    assert len(sent["mem"]["measurement"]) + 2 * len(told_apart) == METRICS_OF_INSTANCES


def test_logs_go_to_the_deployments_group_a_stream_for_each_instance() -> None:
    (collected,) = AGENT["logs"]["logs_collected"]["journald"]["collect_list"]
    assert collected["log_group_name"] == "/slipway/production/instances"
    assert collected["log_stream_name"] == "{instance_id}"
    # The stack owns the group, and says how long it keeps what.
    assert "retention_in_days" not in collected
    assert {"slipway-boot.service", "slipway-health.service", "slipway-proxy@1.service"} <= set(collected["units"])


@pytest.mark.parametrize(("cores", "processes"), [(1, 8), (4, 8), (64, 128)])
def test_more_processes_than_cores_are_heard(cores: int, processes: int) -> None:
    proxies = [unit for unit in units(cores) if unit.startswith("slipway-proxy@")]
    assert proxies[0] == "slipway-proxy@1.service"
    assert len(proxies) == len(set(proxies)) == processes


def test_it_is_written_before_the_agent_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ASSIGNED.write(tmp_path)
    monkeypatch.setenv(CONFIGURATION_DIRECTORY, str(tmp_path))
    output = tmp_path / "agent.json"
    assert main(["--output", str(output)]) == 0
    assert json.loads(output.read_text())["metrics"] == AGENT["metrics"]
    assert output.stat().st_mode & 0o777 == 0o644


def test_an_instance_without_an_assignment_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(CONFIGURATION_DIRECTORY, str(tmp_path))
    assert main(["--output", str(tmp_path / "agent.json")]) == 1
    assert "slipway-agent: error: cannot read" in capsys.readouterr().err


def test_a_missing_agent_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ASSIGNED.write(tmp_path)
    monkeypatch.setenv(CONFIGURATION_DIRECTORY, str(tmp_path))
    assert main(["--output", str(tmp_path / "nowhere" / "agent.json")]) == 1
    assert "is the CloudWatch agent installed?" in capsys.readouterr().err
