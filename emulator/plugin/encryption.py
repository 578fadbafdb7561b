"""Keys of KMS that S3 uses for whoever writes and reads objects: they, too, need rights on the key, and it must work.

The key that AWS manages for S3 lets in everybody in the account, so that nothing is asked of it. What S3 tells KMS of
the object, `kms:EncryptionContext:aws:s3:arn`, is not known here: a policy that asks for it allows nothing.
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.permissions import caller_key, denial
from emulator.plugin.resources import account, region

_kms = borrow("services.kms", "_aliases", "_resolve_key")
_s3 = borrow(
    "services.s3",
    "_check_sse_c_copy_source",
    "_error",
    "_get_object",
    "_resolve_sse_write_headers",
    "_stored_sse_headers",
    "_upload_part",
)

_ALGORITHM = "x-amz-server-side-encryption"
_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
_STATES = {
    "Disabled": ("KMS.DisabledException", "{} is disabled."),
    "PendingDeletion": ("KMS.KMSInvalidStateException", "{} is pending deletion."),
    "PendingImport": ("KMS.KMSInvalidStateException", "{} is pending import."),
}

Response = tuple[int, Mapping[str, Any], Any]


def refusal(action: str, encryption: Mapping[str, str]) -> Response | None:
    """Return S3's answer to a caller for whom it may not use an object's key, or None if it may.

    :param action: of KMS, for example `kms:Decrypt`.
    :param encryption: the object's headers about its encryption.
    """
    name = encryption.get(_KEY, "")
    # What the emulator does by itself has no caller.
    if (
        not encryption.get(_ALGORITHM, "").startswith("aws:kms")
        or name.endswith("alias/aws/s3")
        or not caller_key.get()
    ):
        return None
    key = _kms._resolve_key(name)
    if key is None:
        return _refuse("KMS.NotFoundException", f"Key '{name}' does not exist", 400)
    if reason := denial(caller_key.get(), action, key["Arn"], _facts(key["KeyId"])):
        return _refuse("AccessDenied", reason, 403)
    if key["KeyState"] in _STATES:
        code, text = _STATES[key["KeyState"]]
        return _refuse(code, text.format(key["Arn"]), 400)
    return None


def _refuse(code: str, message: str, status: int) -> Response:
    refused: Response = _s3._error(code, message, status)
    return refused


def _facts(key_id: str) -> dict[str, Any]:
    """Return the condition keys of KMS for a call that S3 makes for somebody.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    aliases = [arn.partition(":alias/")[2] for arn, target in _kms._aliases.items() if target == key_id]
    return {
        "kms:CallerAccount": account(),
        "kms:ResourceAliases": [f"alias/{name}" for name in aliases],
        "kms:ViaService": f"s3.{region()}.amazonaws.com",
    }


def _checked_write(original: Callable[..., Any]) -> Callable[..., Any]:
    def resolve(headers: dict[str, str], bucket: str) -> Any:
        encryption, error = original(headers, bucket)
        if error is None and (refused := refusal("kms:GenerateDataKey", encryption)):
            return None, refused
        return encryption, error

    return resolve


def _checked_read(original: Callable[..., Response]) -> Callable[..., Response]:
    def read(*arguments: Any, **named: Any) -> Response:
        answer = original(*arguments, **named)
        refused = refusal("kms:Decrypt", answer[1]) if answer[0] < 300 else None
        return refused or answer

    return read


def _checked_source(original: Callable[..., Any]) -> Callable[..., Any]:
    def check(headers: dict[str, str], source: dict[str, Any]) -> Any:
        return original(headers, source) or refusal("kms:Decrypt", _s3._stored_sse_headers(source))

    return check


def install() -> None:
    """Apply the corrections of this module."""
    replace(_s3, "_resolve_sse_write_headers", _checked_write)
    replace(_s3, "_get_object", _checked_read)
    # S3 has to read the parts of an object to put them together.
    replace(_s3, "_upload_part", _checked_read)
    replace(_s3, "_check_sse_c_copy_source", _checked_source)
