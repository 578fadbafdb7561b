"""Who is let in, how often one may try, and that a password costs its hash once."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from contract.users import PasswordHash, Users
from slipway_proxy.authentication import MOST_WAITING, Authentication, Refused, SignedIn, UserFile

CHEAP = (1, 1, 1)
ALICE, OTHER = PasswordHash.of("correct horse", CHEAP), PasswordHash.of("new horse", CHEAP)
CLIENT = "192.0.2.1"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class CountingUsers(Users):
    """Users that count how often a hash was computed, and compute none."""

    asked = 0

    def knows(self, name: str, password: str) -> bool:
        self.asked += 1
        return (name, password) == ("alice", "correct horse")


def basic(text: str, scheme: str = "Basic") -> str:
    return f"{scheme} {base64.b64encode(text.encode()).decode()}"


RIGHT, WRONG = basic("alice:correct horse"), basic("alice:wrong horse")


def authentication(users: Users, failures_per_minute: float = 3, clock: Clock | None = None) -> Authentication:
    return Authentication(lambda: users, failures_per_minute, clock or Clock())


@pytest.mark.parametrize("header", [RIGHT, basic("alice:correct horse", "bAsIc"), RIGHT.replace(" ", "   ")])
async def test_a_user_with_the_right_password_is_let_in(header: str) -> None:
    assert await authentication(Users({"alice": ALICE})).judge(CLIENT, header) == SignedIn("alice", ALICE)


@pytest.mark.parametrize("header", [WRONG, basic("bob:correct horse"), basic(":correct horse"), basic("alice:")])
async def test_anyone_else_is_not(header: str) -> None:
    assert await authentication(Users({"alice": ALICE})).judge(CLIENT, header) is Refused.WRONG


@pytest.mark.parametrize(
    "header",
    [None, "", "Basic", "Basic !", "Bearer abc", basic("alice"), "Basic /w==", "Basic ü", basic("alice:" + 300 * "x")],
)
async def test_who_gives_no_password_is_asked_for_it_as_often_as_that_happens(header: str | None) -> None:
    users = CountingUsers({"alice": ALICE})
    judging = authentication(users)
    assert {await judging.judge(CLIENT, header) for _ in range(10)} == {Refused.UNKNOWN}
    assert users.asked == 0


async def test_a_password_that_was_right_costs_its_hash_once() -> None:
    users = CountingUsers({"alice": ALICE})
    judging = authentication(users)
    for _ in range(10):
        assert isinstance(await judging.judge(CLIENT, RIGHT), SignedIn)
    assert users.asked == 1


async def test_after_so_many_wrong_ones_in_a_minute_an_address_has_to_wait() -> None:
    users, clock = CountingUsers({"alice": ALICE}), Clock()
    judging = authentication(users, clock=clock)
    verdicts = [await judging.judge(CLIENT, WRONG) for _ in range(5)]
    assert verdicts == [Refused.WRONG] * 3 + [Refused.TOO_OFTEN] * 2
    assert await judging.judge(CLIENT, RIGHT) is Refused.TOO_OFTEN
    assert users.asked == 3
    assert isinstance(await judging.judge("192.0.2.2", RIGHT), SignedIn)
    clock.now = 20
    assert isinstance(await judging.judge(CLIENT, RIGHT), SignedIn)


async def test_who_is_in_stays_in_whatever_others_at_the_same_address_try() -> None:
    judging = authentication(CountingUsers({"alice": ALICE}))
    await judging.judge(CLIENT, RIGHT)
    for _ in range(9):
        await judging.judge(CLIENT, WRONG)
    assert isinstance(await judging.judge(CLIENT, RIGHT), SignedIn)


async def test_many_attempts_at_the_same_moment_are_no_way_around() -> None:
    users = CountingUsers({"alice": ALICE})
    judging = authentication(users)
    verdicts = await asyncio.gather(*(judging.judge(CLIENT, basic(f"alice:{guess}")) for guess in range(20)))
    assert verdicts.count(Refused.TOO_OFTEN) == 17
    assert users.asked == 3


async def test_a_crowd_that_signs_in_does_not_queue_for_ever() -> None:
    judging = authentication(CountingUsers({"alice": ALICE}))
    crowd = [f"10.0.{number // 250}.{number % 250}" for number in range(MOST_WAITING + 1)]
    verdicts = await asyncio.gather(*(judging.judge(address, RIGHT) for address in crowd))
    assert verdicts.count(Refused.BUSY) == 1


@pytest.mark.parametrize("later", [Users({}), Users({"alice": OTHER})])
async def test_a_removed_user_and_an_old_password_are_out_at_once(later: Users) -> None:
    users = [Users({"alice": ALICE})]
    judging = Authentication(lambda: users[0], 3, Clock())
    found = await judging.judge(CLIENT, RIGHT)
    assert isinstance(found, SignedIn)
    assert judging.still_holds(found)
    users[0] = later
    assert not judging.still_holds(found)
    assert await judging.judge(CLIENT, RIGHT) is Refused.WRONG


def test_nothing_that_is_printed_holds_a_proof() -> None:
    assert "scrypt" not in repr(SignedIn("alice", ALICE))


def replace(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)


def test_the_file_is_read_again_when_it_was_replaced(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "users.json"
    file = UserFile(path, clock)
    assert file.users().names == []
    replace(path, Users({"alice": ALICE}).to_json())
    assert file.users().names == []  # not looked at twice in the same second
    clock.now = 1
    assert file.users().names == ["alice"]
    replace(path, Users({"bob": ALICE}).to_json())
    clock.now = 2
    assert file.users().names == ["bob"]
    path.unlink()
    clock.now = 3
    assert file.users().names == []


def test_a_broken_file_leaves_the_users_as_they_were(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock, path = Clock(), tmp_path / "users.json"
    replace(path, Users({"alice": ALICE}).to_json())
    file = UserFile(path, clock)
    assert file.users().names == ["alice"]
    replace(path, "{")
    clock.now = 1
    assert file.users().names == ["alice"]
    assert "cannot be read: it is no JSON" in caplog.text
