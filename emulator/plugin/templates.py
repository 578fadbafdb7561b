"""A template is held against cfn-lint's rules when it arrives; what AWS refuses then, fails the request.

cfn-lint runs in a process of its own and is asked before a request is handled, off the event loop; what it found waits
here until the emulator's own code gets to the moment. What AWS refuses later is the business of
:mod:`emulator.plugin.validation`. Which rules, and why: :mod:`emulator.strict.rules` and docs/adr/0016.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.metadata
import json
import os
import sys
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from emulator.paths import ROOT
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Properties, region
from emulator.strict.linter import Finding, Linter, Memory
from emulator.strict.refusals import refusal
from emulator.strict.rules import Moment
from emulator.strict.urls import path_style

_cloudformation = borrow("services.cloudformation", "handle_request")
_handlers = borrow("services.cloudformation.handlers", "_uses_macro", "validate_template_support")
_change_sets = borrow("services.cloudformation.changesets", "validate_template_support")
_engine = borrow("services.cloudformation.engine", "_parse_template")
_helpers = borrow("services.cloudformation.helpers", "_p", "_resolve_document", "_resolve_template")

Template = dict[str, Any]
_WITH_TEMPLATE = frozenset({"CreateStack", "UpdateStack", "CreateChangeSet", "ValidateTemplate"})
_REMEMBERED = 64
_memory = ROOT / ".slipway" / "build" / "template-checks"
_linter = Linter(
    [sys.executable, str(ROOT / "emulator" / "strict" / "worker.py")],
    # Its home is not the user's, whose own download of the schemas must not be taken.
    {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), "HOME": str(_memory)},
    importlib.metadata.version("cfn-lint"),
    Memory(_memory),
)
_found: OrderedDict[str, list[Finding]] = OrderedDict()


def _digest(part: Any) -> str:
    return hashlib.sha256(json.dumps(part, sort_keys=True, default=str).encode()).hexdigest()


def _note(template: Template, findings: list[Finding]) -> None:
    """Keep findings until the emulator's code asks for them: by the template, and by its resources."""
    for part in (template, template.get("Resources", {})):
        _found[_digest(part)] = findings
    while len(_found) > _REMEMBERED:
        _found.popitem(last=False)


def _lint(template: Template) -> None:
    """Hold a template against cfn-lint's rules; may take seconds.

    A template that macros will change is left out, since only the result of the change is deployed.
    """
    if isinstance(template.get("Resources"), dict) and not _handlers._uses_macro(template):
        _note(template, _linter.check(template, region()))


def _parameters(headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request's parameters, of either protocol that CloudFormation speaks."""
    target = headers.get("x-amz-target", "")
    if target:
        content = json.loads(body or b"{}")
        return {"Action": target.rpartition(".")[2], **content}
    return {**query, **parse_qs(body.decode(errors="replace"))}


def _template_of(parameters: dict[str, Any]) -> Template | None:
    """Return the template that a request brings along; None where there is none, or none that can be read."""
    if _helpers._p(parameters, "Action") not in _WITH_TEMPLATE:
        return None
    text, refusal = _helpers._resolve_template(parameters)
    if refusal is not None or not text:
        return None
    template = _engine._parse_template(text)
    return template if isinstance(template, dict) else None


def _linting(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
        try:
            template = _template_of(_parameters(headers, body, query))
        except Exception:
            # Whatever cannot be read is refused below, by the emulator itself.
            template = None
        if template is not None:
            await asyncio.to_thread(_lint, template)
        return await original(method, path, headers, body, query)

    return handle


def findings(part: Any, moment: Moment) -> list[Finding]:
    """Return what cfn-lint found that AWS refuses at a moment.

    :param part: a template of a recent request, or its resources.
    """
    return [finding for finding in _found.get(_digest(part), []) if finding.moment is moment]


def _supporting(original: Callable[..., None]) -> Callable[..., None]:
    def check(template: Template, conditions: dict[str, bool], params: dict[str, Any] | None = None) -> None:
        if not template.get("Resources") and not template.get("Transform"):
            raise ValueError("Template format error: At least one Resources member must be defined.")
        original(template, conditions, params=params)
        wrong = findings(template, Moment.ARRIVAL)
        if wrong:
            raise ValueError(refusal(wrong, template))

    return check


def _in_either_form(original: Callable[..., Any]) -> Callable[..., Any]:
    """A template's address may name the bucket in its host or in its path."""

    def resolve(params: dict[str, Any], body_key: str, url_key: str, label: str) -> Any:
        url = _helpers._p(params, url_key)
        return original({**params, url_key: path_style(url)} if url else params, body_key, url_key, label)

    return resolve


def check_nested(properties: Properties) -> None:
    """Hold the template of a nested stack against the same rules; may take seconds.

    :raises ValueError: with the reason that the resource's event shows.
    """
    template = _template_of({"Action": "ValidateTemplate", "TemplateURL": properties.get("TemplateURL", "")})
    if template is not None:
        _lint(template)
        _handlers.validate_template_support(template, {})


def install() -> None:
    """Apply the corrections of this module."""
    replace(_cloudformation, "handle_request", _linting)
    replace(_helpers, "_resolve_document", _in_either_form)
    for module in (_handlers, _change_sets):
        replace(module, "validate_template_support", _supporting)
