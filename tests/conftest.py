"""What holds for every test: none leaves this machine, and Ctrl-C means something."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.loopback import Guard

_guard = Guard()

# A shell starts its background jobs, and with them all that they start, with this signal ignored. What the tests
# start and interrupt would then not even notice.
signal.signal(signal.SIGINT, signal.default_int_handler)


# The same examples in every run, and none too slow: what refuses a change has to be the change, neither luck nor load.
# `make fuzz` is for new examples (`--hypothesis-profile exploring`).
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("exploring", deadline=None, max_examples=1_000, print_blob=True)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--aws", action="store_true",
        help="run the tests of AWS's behaviours, and only those, against the account that your credentials lead to; "
        "this creates and removes real resources, and costs a little",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "behaviour(area, what, aws=True): how AWS behaves and the emulator too; aws=False: emulator only"
    )
    config.addinivalue_line(
        "markers", "difference(area, aws, here): where the emulator behaves otherwise; the test shows how"
    )
    if not config.getoption("--aws"):
        _guard.install()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--aws"):
        config.hook.pytest_deselected(items=[item for item in items if not _runs_on_aws(item)])
        items[:] = [item for item in items if _runs_on_aws(item)]
    for item in items:
        # For the trial of another version of the emulator: it reads this from the report.
        if mark := item.get_closest_marker("difference"):
            text = f"{mark.args[0]}: AWS {mark.kwargs['aws']}; here {mark.kwargs['here']}"
            item.user_properties.append(("difference", text))


def _runs_on_aws(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("behaviour")
    return mark is not None and bool(mark.kwargs.get("aws", True))


@pytest.fixture(scope="session")
def loopback_guard() -> Guard:
    """Return the guard that watches this process."""
    return _guard


@pytest.fixture(autouse=True)
def _stay_on_loopback(loopback_guard: Guard) -> Iterator[None]:
    yield
    refused = loopback_guard.take()
    assert not refused, f"the test tried to leave this machine: {refused}"
