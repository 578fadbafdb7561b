"""Statistics and settings with many writers at once, on an S3 that is not in memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from contract import routes
from contract.fleet_settings import FleetSettings
from lambda_src.proxy_management.s3_store import S3ObjectStore
from lambda_src.proxy_management.settings_history import OutdatedChangeError, SettingsHistory
from tests.emulated.people import allow, patient
from tests.emulated.statistics_writers import ask, host_of, management
from tests.emulated.test_functions import bucket

__all__ = ["bucket"]

ROOT = Path(__file__).parents[2]
GROUPS = [[f"writer-{group}-{number}" for number in range(5)] for group in range(4)]
LATER = datetime(2026, 11, 22, 0, 10, tzinfo=UTC)
"""When the hours that the writers count in are over, so that they are summed while reports still come."""


@dataclass
class Group:
    """Some writers in one process, and what they have told so far."""

    process: subprocess.Popen[str]
    told: dict[str, dict[str, int]] = field(default_factory=dict)
    lines: int = 0

    def listen(self, until: int | None = None) -> None:
        """Note what the writers tell, to the end or so many lines of it."""
        while until is None or self.lines < until:
            line = self.process.stdout.readline()
            if not line:
                return
            self.lines += 1
            match json.loads(line):
                case {"name": name, **what}:
                    self.told.setdefault(name, {}).update(what)


@pytest.fixture
def groups(emulator, bucket):
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'ami_build' / 'proxy'}"}
    command = [sys.executable, "-m", "tests.emulated.statistics_writers", emulator.endpoint_url, bucket]
    started = [
        Group(subprocess.Popen([*command, *names], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment))
        for names in GROUPS
    ]
    yield started
    for group in started:
        group.process.kill()
        group.process.wait()
        group.process.stdout.close()


def test_twenty_writers_are_counted_once_and_of_the_dead_only_what_they_had_in_hand_is_lost(groups, client, bucket):
    """Five of twenty processes are killed in the middle, and somebody looks all the time."""
    looking = management(client("s3"), bucket, LATER)
    victims, *survivors = groups
    listeners = [threading.Thread(target=group.listen) for group in survivors]
    for listener in listeners:
        listener.start()
    victims.listen(until=50)
    victims.process.kill()
    victims.listen()
    seen = [0]
    while any(listener.is_alive() for listener in listeners):
        seen.append(ask(looking, "GET", routes.READ_STATISTICS, window="day")["totals"]["requests"])
    totals = ask(looking, "GET", routes.READ_STATISTICS, window="day")

    assert [group.process.wait() for group in survivors] == [0, 0, 0]
    assert seen == sorted(seen), "no look misses what an earlier one has seen"
    counted = {each["host"]: each["responses"] for each in totals["hosts"]}
    for name, told in (item for group in survivors for item in group.told.items()):
        assert counted[host_of(name)] == told["done"]
    assert any("done" not in told for told in victims.told.values()), "they were killed in the middle"
    for name, told in victims.told.items():
        assert told.get("acknowledged", 0) <= counted.get(host_of(name), 0) <= told["sending"]
    figures = totals["totals"]
    assert figures["requests"] == figures["responses"] == figures["answering"]["count"] == sum(counted.values())
    assert len([point for point in totals["series"] if point["figures"]["requests"]]) == 2, (
        "an hour's border was passed"
    )
    assert "sums/2026-11-21T21.json" in str(client("s3").list_objects_v2(Bucket=bucket, Prefix="statistics/sums/"))


@pytest.fixture
def history(client, people, bucket):
    """The history as the function may use it."""
    place = f"arn:aws:s3:::{bucket}"
    add = {**allow("s3:PutObject", resource=f"{place}/*"), "Condition": {"Null": {"s3:if-none-match": "false"}}}
    caller = people.user(allow("s3:GetObject", resource=f"{place}/*"), add, allow("s3:ListBucket", resource=place))
    made = SettingsHistory(S3ObjectStore(caller("s3"), bucket, "fleet-settings"))
    patient(made.newest)
    return made


def test_of_twenty_changes_at_once_one_wins_and_the_others_are_told_which(history, bucket, people):
    barrier = threading.Barrier(20)

    def change(number):
        wanted = FleetSettings(blocked_hosts=(f"{number}.org",))
        barrier.wait()
        try:
            return history.change(0, wanted, who=f"user-{number}", note="", now=LATER)
        except OutdatedChangeError as error:
            return error

    with ThreadPoolExecutor(20) as threads:
        done = list(threads.map(change, range(20)))

    (made,) = [each for each in done if not isinstance(each, OutdatedChangeError)]
    assert [each.meanwhile for each in done if each is not made] == [(made,)] * 19
    assert history.entries(at_most=100) == [made]
    again = history.change(0, made.settings, who=made.who, note="", now=LATER)
    assert again == made, "who has not got the answer may ask again"
    client = history.store.client
    for attempt in (client.put_object, client.delete_object):
        with pytest.raises(ClientError, match="AccessDenied"):
            attempt(Bucket=bucket, Key="fleet-settings/999999998.json")
