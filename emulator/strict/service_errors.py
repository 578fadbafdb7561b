"""The error of a service, as it stands in what the emulator says of a resource: the bytes of the service's answer."""

from __future__ import annotations

import ast
import html
import json
import re

from emulator.faults.answers import Refusal

_ANSWER = re.compile(r""": (?P<answer>b'.*'|b".*"|\{".*\}|<(?:\?xml|ErrorResponse|Error)\b.*)\s*$""", re.DOTALL)
_CODE = re.compile(r"<Code>(.*?)</Code>", re.DOTALL)
_MESSAGE = re.compile(r"<Message>(.*?)</Message>", re.DOTALL)
_MISSING = re.compile("NotFound|NoSuch")
_IN_THE_WAY = re.compile("Exists|Conflict")
_NUMBERED = ("IAM", "S3", "Lambda", "Route53")
"""The services of which an error's status tells what it is about; with the others it is 400."""


def refusal_in(text: str, service: str) -> Refusal | None:
    """Return the error of a service that an error text of the emulator ends with; None if there is none.

    :param service: as the type of the resource names it.
    """
    found = _ANSWER.search(text)
    if found is None:
        return None
    answer = found["answer"]
    if answer.startswith("b"):
        answer = ast.literal_eval(answer).decode(errors="replace")
    code, message = _of_json(answer) if answer.startswith("{") else _of_xml(answer)
    return Refusal(code, _status(code, service), message) if code and message else None


def _of_json(answer: str) -> tuple[str, str]:
    try:
        members = json.loads(answer)
    except ValueError:
        return "", ""
    code = members.get("__type") or members.get("code") or members.get("Code") or ""
    return str(code).rpartition("#")[2], str(members.get("message") or members.get("Message") or "")


def _of_xml(answer: str) -> tuple[str, str]:
    code, message = _CODE.search(answer), _MESSAGE.search(answer)
    return (code[1], html.unescape(message[1])) if code and message else ("", "")


def _status(code: str, service: str) -> int:
    if service in _NUMBERED and _MISSING.search(code):
        return 404
    return 409 if service in _NUMBERED and _IN_THE_WAY.search(code) else 400
