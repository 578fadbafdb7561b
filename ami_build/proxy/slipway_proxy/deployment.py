"""What the deployment tells an instance: SSM parameters and the fleet's certificate authority.

The only module of the boot step that talks to AWS services. Errors are translated here; nothing is logged, since what
passes through includes the authority's private key.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from contract import parameters
from contract.components import Function
from contract.proxy_settings import ProxySettings
from slipway_proxy import certificate_authority, runtime
from slipway_proxy.certificate_authority import CertificateAuthority, InvalidAuthorityError

# These heal by themselves shortly after a deployment: new roles and values take seconds to be known everywhere.
TRANSIENT_CODES = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredTokenException",
        "InternalServerError",
        "InternalServiceError",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "UnrecognizedClientException",
    }
)


class BootError(Exception):
    """The instance cannot start; the message says what, why and what to do."""


class NotYetError(BootError):
    """Like :class:`BootError`, but a little patience may cure it."""


class ParameterClient(Protocol):
    """The part of boto3's SSM client that is used."""

    def get_paginator(self, operation_name: str, /) -> Any: ...


class SecretClient(Protocol):
    """The part of boto3's Secrets Manager client that is used."""

    def get_secret_value(self, *, SecretId: str) -> Any: ...  # noqa: N803

    def put_secret_value(self, *, SecretId: str, SecretString: str, ClientRequestToken: str) -> Any: ...  # noqa: N803


def read_parameters(client: ParameterClient, prefix: str) -> dict[str, str]:
    """Return all parameters below `prefix`, by their path below it.

    :raises NotYetError: if one that an instance needs is missing.
    :raises BootError: if they cannot be read.
    """
    found: dict[str, str] = {}
    try:
        pages = client.get_paginator("get_parameters_by_path").paginate(
            Path=prefix, Recursive=True, WithDecryption=True
        )
        for page in pages:
            found |= {item["Name"].removeprefix(f"{prefix}/"): item["Value"] for item in page["Parameters"]}
    except (BotoCoreError, ClientError) as error:
        raise explain(error, f"cannot read the parameters below {prefix}") from error
    if not found:
        raise NotYetError(f"nothing is deployed below {prefix} yet; deploy first")
    needed = [parameters.PROXY_SETTINGS, parameters.CA_SECRET_ARN, *map(parameters.function_url, Function)]
    if missing := [name for name in needed if name not in found]:
        raise NotYetError(f"below {prefix} these parameters are missing: {', '.join(missing)}; deploy all stacks first")
    return found


def read_settings(found: Mapping[str, str], prefix: str) -> ProxySettings:
    """Return the proxy's settings out of the parameters.

    :raises BootError: if they are malformed or hold a value that the proxy cannot work with.
    """
    name = f"{prefix}/{parameters.PROXY_SETTINGS}"
    try:
        settings = ProxySettings.from_json(found[parameters.PROXY_SETTINGS])
        wrong = list(runtime.problems(settings))
    except (ValueError, TypeError, AttributeError) as error:
        raise BootError(
            f"parameter {name} does not hold the proxy's settings: {error}; "
            "the image and the deployment may be of different versions: deploy both again"
        ) from error
    if wrong:
        raise BootError(f"parameter {name}: {'; '.join(wrong)}; mend the configuration and deploy again")
    return settings


def users_secret(found: Mapping[str, str], settings: ProxySettings, prefix: str) -> str:
    """Return the ARN of the secret with the proxy's users out of the parameters; empty if nobody has to sign in.

    :raises BootError: if it is missing.
    """
    if not settings.authentication_required:
        return ""
    if parameters.USERS_SECRET_ARN not in found:
        raise BootError(
            f"parameter {prefix}/{parameters.USERS_SECRET_ARN} is missing, and without users nobody could sign in; "
            "deploy the identity stack again"
        )
    return found[parameters.USERS_SECRET_ARN]


def function_urls(found: Mapping[str, str]) -> dict[Function, str]:
    """Return each function's base URL out of the parameters."""
    return {function: found[parameters.function_url(function)] for function in Function}


def obtain_authority(client: SecretClient, arn: str, environment: str, now: datetime.datetime) -> CertificateAuthority:
    """Return the fleet's certificate authority; make it if this is the first instance that ever asks.

    Of several instances that find the secret empty at the same time exactly one wins, because all of them store under
    the same version id and Secrets Manager refuses a second content for it. So what counts is read back, always.

    :raises NotYetError: if access is (still) refused, or the winner's value is not visible yet.
    :raises BootError: if the secret holds something else.
    """
    stored = _stored_authority(client, arn)
    if stored is None:
        _offer_authority(client, arn, certificate_authority.create(environment, now))
        stored = _stored_authority(client, arn)
    if stored is None:
        raise NotYetError(f"the certificate authority was stored in {arn} but cannot be read back yet")
    try:
        return CertificateAuthority.from_json(stored, now)
    except InvalidAuthorityError as error:
        raise BootError(
            f"the secret {arn} holds no usable certificate authority: {error}; "
            "delete the secret's value (or deploy a new secret) and boot again"
        ) from None


def _stored_authority(client: SecretClient, arn: str) -> str | None:
    try:
        # A secret in bytes has no string; that is not ours either.
        return str(client.get_secret_value(SecretId=arn).get("SecretString", ""))
    except ClientError as error:
        # An existing secret without a value is not found either; a secret that is gone fails when we store into it.
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise explain(error, f"cannot read the secret {arn}") from error
    except BotoCoreError as error:
        raise explain(error, f"cannot read the secret {arn}") from error


def _offer_authority(client: SecretClient, arn: str, authority: CertificateAuthority) -> None:
    version = str(uuid.uuid5(uuid.NAMESPACE_URL, arn))
    try:
        client.put_secret_value(SecretId=arn, SecretString=authority.to_json(), ClientRequestToken=version)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ResourceNotFoundException":
            raise BootError(
                f"the secret {arn}, which is to hold the certificate authority, does not exist; "
                "destroy the identity stack and deploy all stacks again, which makes another one"
            ) from error
        if code != "ResourceExistsException":
            raise explain(error, f"cannot store the certificate authority in the secret {arn}") from error
    except BotoCoreError as error:
        raise explain(error, f"cannot store the certificate authority in the secret {arn}") from error


def explain(error: BotoCoreError | ClientError, what: str) -> BootError:
    """Turn an error of boto3 into one of ours that says what to do."""
    if isinstance(error, NoCredentialsError):
        return NotYetError(f"{what}: this instance has no AWS credentials; give it an instance profile with a role")
    if isinstance(error, ClientError):
        code = error.response["Error"]["Code"]
        message = f"{what}: {code}: {error.response['Error'].get('Message', '')}"
        failed_itself = error.response["ResponseMetadata"]["HTTPStatusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR
        if code not in TRANSIENT_CODES and not failed_itself:
            return BootError(message)
        if code.startswith("AccessDenied"):
            message += "; the instance's role must allow this"
        return NotYetError(message)
    return NotYetError(f"{what}: {error}")
