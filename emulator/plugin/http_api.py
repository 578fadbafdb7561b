"""API Gateway: the rules for other origins (CORS) of an HTTP API, as templates write them."""

from __future__ import annotations

from emulator.plugin.borrowed import borrow
from emulator.plugin.resources import Created, Properties, after, amend

_api = borrow("services.apigateway", "_apis")


def _with_cors(created: Created, properties: Properties) -> Created:
    """Keep the rules with the API's own names, since the service does not know those of templates."""
    rules = properties.get("CorsConfiguration")
    if rules:
        _api._apis[created[0]]["corsConfiguration"] = {name[:1].lower() + name[1:]: rules[name] for name in rules}
    return created


def install() -> None:
    """Apply the corrections of this module."""
    amend("AWS::ApiGatewayV2::Api", **after(_with_cors))
