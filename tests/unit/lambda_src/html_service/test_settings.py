import pytest

from contract import environment
from lambda_src.html_service.settings import HtmlSettings
from lambda_src.shared.settings import SettingsError


def test_whom_to_ask():
    url = "https://id.lambda-url.us-east-1.on.aws/"
    assert HtmlSettings.read({environment.SEMANTIC_TEXT_SERVICE_URL: url}) == HtmlSettings(url)


@pytest.mark.parametrize("variables", [{}, {environment.SEMANTIC_TEXT_SERVICE_URL: " "}])
def test_it_has_to_be_said(variables):
    with pytest.raises(SettingsError, match="SLIPWAY_SEMANTIC_TEXT_SERVICE_URL is not set"):
        HtmlSettings.read(variables)
