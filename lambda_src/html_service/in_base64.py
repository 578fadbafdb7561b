"""Bytes as they stand in JSON."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer

BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"


def _from_base64(value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError("should be text in base64")  # noqa: TRY004 - pydantic reports only a ValueError
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError(f"is not base64: {str(error).lower()}") from error


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


InBase64 = Annotated[
    bytes,
    BeforeValidator(_from_base64, json_schema_input_type=Annotated[str, Field(pattern=BASE64)]),
    PlainSerializer(_to_base64),
]
