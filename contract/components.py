"""The parts of the proxy platform: its stacks, in dependency order, and its four functions."""

from enum import StrEnum


class Stack(StrEnum):
    """A stack's short name; its CloudFormation name is `<project>-<environment>-<short name>`."""

    IDENTITY = "identity"
    STORAGE = "storage"
    NETWORK = "network"
    IMAGE = "image"
    FUNCTIONS = "functions"
    DNS = "dns"
    FLEET = "fleet"
    RECORDS = "records"
    OBSERVABILITY = "observability"


class Function(StrEnum):
    """A function's short name; also its folder below `lambda_src` with `-` written as `_`."""

    HTML_SERVICE = "html-service"
    SEMANTIC_TEXT_SERVICE = "semantic-text-service"
    CACHE_SERVICE = "cache-service"
    PROXY_MANAGEMENT = "proxy-management"

    @property
    def package(self) -> str:
        """Python package below `lambda_src`, for example `html_service`."""
        return self.value.replace("-", "_")

    @property
    def pascal(self) -> str:
        """CamelCase form for construct ids and output keys, for example `HtmlService`."""
        return "".join(part.capitalize() for part in self.value.split("-"))
