import pytest

from contract.components import Function
from lambda_src.shared.settings import ServiceSettings, SettingsError, required, whole_number


def test_reads_version_and_environment():
    variables = {"SLIPWAY_VERSION": "9.1", "SLIPWAY_ENVIRONMENT": "staging"}
    assert ServiceSettings.read(Function.HTML_SERVICE, variables, float) == ServiceSettings(
        "html-service", "9.1", "staging"
    )


def test_defaults():
    assert ServiceSettings.read(Function.CACHE_SERVICE, {}, float) == ServiceSettings("cache-service", "0.1.0", "local")


@pytest.mark.parametrize(
    ("told", "ahead"),
    [({}, False), ("on-demand", False), ("provisioned-concurrency", True), ("snap-start", True)],
)
def test_why_it_starts(told, ahead):
    variables = {"AWS_LAMBDA_INITIALIZATION_TYPE": told} if told else {}
    assert ServiceSettings.read(Function.CACHE_SERVICE, variables, float).starts_ahead is ahead


@pytest.mark.parametrize("variables", [{}, {"X": ""}, {"X": "  "}])
def test_required_variable_is_missing(variables):
    with pytest.raises(SettingsError, match="X is not set"):
        required(variables, "X")


def test_whole_number():
    assert whole_number({"X": "5"}, "X", lowest=5, highest=5) == 5


@pytest.mark.parametrize("value", ["4", "7", "five", "5.0"])
def test_whole_number_out_of_bounds(value):
    with pytest.raises(SettingsError, match=f"'{value}'; a whole number from 5 to 6"):
        whole_number({"X": value}, "X", lowest=5, highest=6)
