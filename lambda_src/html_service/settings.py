"""What the HTML service is told by its environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contract import environment
from lambda_src.shared.settings import required


@dataclass(frozen=True)
class HtmlSettings:
    """Whom the service asks.

    :param text_service_url: base URL of the semantic text service.
    """

    text_service_url: str

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> HtmlSettings:
        """Read the settings.

        :raises SettingsError: if a variable is missing.
        """
        return cls(required(variables, environment.SEMANTIC_TEXT_SERVICE_URL))
