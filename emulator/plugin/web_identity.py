"""IAM and STS: identity providers in templates, and roles for whoever brings a token that one of them has signed.

AWS fetches a provider's keys from its address. Nothing here leaves this machine, so they have to be published to the
control API; they are forgotten when the emulator ends.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from xml.sax.saxutils import escape

from emulator.control import ControlError
from emulator.plugin import moments
from emulator.plugin.borrowed import borrow
from emulator.plugin.resources import Created, Properties, ResourceType, account, expect_success, register
from emulator.rights.passing import parameters
from emulator.tokens import Token, TokenError

_app = borrow("app", "AUTH", "SERVICE_HANDLERS")
_iam = borrow("services.iam", "_create_oidc_provider", "_error", "_oidc_providers")

OPERATION = "AssumeRoleWithWebIdentity"
_keys: dict[str, list[dict[str, Any]]] = {}
"""By issuer, the JSON Web Keys that it has published."""

Handler = Callable[..., Awaitable[Any]]


def publish(arguments: dict[str, Any]) -> dict[str, Any]:
    """Take note of the keys of an identity provider, in place of those that it had; a command of the control API.

    :param arguments: `issuer`, the provider's address, and `keys`, a list of JSON Web Keys.
    :raises ControlError: if one of them is missing.
    """
    issuer, keys = arguments.get("issuer"), arguments.get("keys")
    if not isinstance(issuer, str) or not isinstance(keys, list):
        raise ControlError("issuer must be the provider's address, and keys a list of JSON Web Keys")
    _keys[issuer] = keys
    return {"issuer": issuer, "keys": len(keys)}


def _arn(url: str) -> str:
    return f"arn:aws:iam::{account()}:oidc-provider/{url.removeprefix('https://')}"


def _settings(properties: Properties) -> dict[str, Any]:
    return {
        # IAM tells the address without what every one begins with.
        "Url": properties["Url"].removeprefix("https://"),
        "ClientIDList": list(properties.get("ClientIdList", [])),
        "ThumbprintList": list(properties.get("ThumbprintList", [])),
        "Tags": list(properties.get("Tags", [])),
    }


def _create(logical_id: str, properties: Properties, _stack: str) -> Created:
    expect_success(logical_id, _iam._create_oidc_provider({"Url": properties.get("Url", "")}))
    arn = _arn(properties["Url"])
    _iam._oidc_providers[arn].update(_settings(properties))
    return arn, {"Arn": arn}


def _update(arn: str, _old: Properties, new: Properties, _stack: str) -> Created:
    _iam._oidc_providers[arn].update(_settings(new))
    return arn, {"Arn": arn}


def _delete(arn: str, _properties: Properties) -> None:
    _iam._oidc_providers.pop(arn, None)


def _believed(text: str) -> Token:
    """Return a token of a provider that the account knows.

    :raises TokenError: if it has none, or if the token is not good.
    """
    token = Token.parse(text)
    provider = _iam._oidc_providers.get(_arn(token.issuer))
    if provider is None:
        raise TokenError("InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {token.issuer}")
    token.check(keys=_keys.get(token.issuer, []), audiences=provider["ClientIDList"], now=moments.seconds())
    return token


def _checking(original: Handler) -> Handler:
    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]) -> Any:
        given = parameters(body, query)
        if not _app.AUTH or given.get("Action") != OPERATION:
            return await original(method, path, headers, body, query)
        try:
            token = _believed(str(given.get("WebIdentityToken", "")))
        except TokenError as error:
            return _iam._error(400, error.code, escape(str(error)), ns="sts")
        status, reply, content = await original(method, path, headers, body, query)
        return status, reply, _told(content.decode(), token).encode()

    return handle


def _told(answer: str, token: Token) -> str:
    """Return the emulator's answer with what the token says in place of its constants."""
    said = {
        "SubjectFromWebIdentityToken": str(token.claims.get("sub", "")),
        "Audience": token.audiences[0],
        "Provider": _arn(token.issuer),
    }
    for name, value in said.items():
        start, tag, rest = answer.partition(f"<{name}>")
        answer = start + tag + escape(value) + rest[rest.find("<") :] if tag else answer
    return answer


def install() -> None:
    """Add the type, and check the tokens."""
    register((ResourceType("AWS::IAM::OIDCProvider", _create, _update, _delete, ("Url",)),))
    _app.SERVICE_HANDLERS["sts"] = _checking(_app.SERVICE_HANDLERS["sts"])
