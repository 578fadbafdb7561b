"""Tell the CloudWatch agent what to send where: runs before each start of the agent, and writes its configuration.

Metrics have the group's name and no instance's, so that their number, and with it their price, does not grow with the
fleet: their maximum is the worst instance's. Logs go to the deployment's own group, a stream for each instance.

It knows nothing of AWS and no secret. What the agent understands:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contract import logs, metrics
from slipway_proxy import assignment
from slipway_proxy.assignment import Assignment, AssignmentError
from slipway_proxy.runtime import write_file

CONFIGURATION = Path("/opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.json")
USER = "cwagent"
INTERVAL_SECONDS = 60
LEAST_UNITS = 8
"""Processes of the proxy whose logs are asked for, at least: how many there are is known only later."""


def configuration(assigned: Assignment, cores: int) -> dict[str, Any]:
    """Return what the agent is to do.

    :param cores: of this machine, which usually has one process of the proxy for each.
    """
    return {
        "agent": {"run_as_user": USER, "omit_hostname": True, "metrics_collection_interval": INTERVAL_SECONDS},
        "metrics": _metrics(assigned.group),
        "logs": {
            "logs_collected": {
                "journald": {
                    "collect_list": [
                        {
                            "log_group_name": logs.instances(assigned.prefix),
                            "log_stream_name": "{instance_id}",
                            "units": units(cores),
                        }
                    ]
                }
            }
        },
    }


def units(cores: int) -> list[str]:
    """Return the units whose logs are sent: user data, the boot step, and the services.

    Each process of the proxy is named: a pattern would only find those that have logged before the agent starts.
    """
    processes = range(1, max(LEAST_UNITS, 2 * cores) + 1)
    proxies = [f"slipway-proxy@{number}.service" for number in processes]
    return ["cloud-final.service", "slipway-boot.service", "slipway-health.service", *proxies]


def _metrics(group: str) -> dict[str, Any]:
    dimension = metrics.INSTANCE_DIMENSION
    of_group = {"append_dimensions": {dimension: group}}
    return {
        "namespace": metrics.INSTANCE_NAMESPACE,
        # What the agent tells apart beyond the group, such as file systems, is added up for the group, too.
        "aggregation_dimensions": [[dimension]],
        "metrics_collected": {
            "mem": {"measurement": [metrics.MEMORY_USED.name], **of_group},
            "disk": {"measurement": [metrics.DISK_USED.name], "resources": ["/"], "drop_device": True, **of_group},
            "procstat": [
                {
                    "pattern": r"-m slipway_proxy\.proxy ",
                    "measurement": [metrics.PROCESS_MEMORY.name.removeprefix("procstat_")],
                    **of_group,
                }
            ],
        },
    }


def main(arguments: Sequence[str]) -> int:
    """Write the configuration; return the exit status."""
    parser = argparse.ArgumentParser(prog="slipway-agent", description="configure the CloudWatch agent")
    parser.add_argument("--output", type=Path, default=CONFIGURATION, metavar="FILE", help="where to write it")
    options = parser.parse_args(arguments)
    try:
        assigned = Assignment.read(assignment.directory_from(os.environ))
        text = json.dumps(configuration(assigned, os.cpu_count() or 1), indent=2)
        write_file(options.output, text + "\n", 0o644)
    except AssignmentError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"cannot write {options.output}: {error.strerror}; is the CloudWatch agent installed?")
    return 0


def _fail(problem: str) -> int:
    sys.stderr.write(f"slipway-agent: error: {problem}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
