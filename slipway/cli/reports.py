"""Shape what the `config` commands found, for people and for programs. Prints nothing and looks for nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from rich.text import Text

from config.explain import Explanation, Json, Setting
from config.problems import Problem

type Findings = dict[str, tuple[Problem, ...]]
"""The problems of each environment that was checked."""

_LONGEST_CELL = 60


def setting_in_words(setting: Setting) -> Text:
    """Return all there is to say about one setting; the source that won is marked with an arrow."""
    text = Text()
    text.append(setting.path, "bold").append(f" = {shown(setting.value)}\n")
    facts = {
        "meaning": setting.description,
        "allowed": setting.allowed,
        "default": None if setting.required else shown(setting.default),
    }
    for name, fact in facts.items():
        if fact is not None:
            text.append(f"  {name}  ", "dim").append(f"{fact}\n")
    text.append("  from, the last one wins\n" if setting.layers else "  set nowhere, and without a default\n", "dim")
    width = max((len(layer.place) for layer in setting.layers), default=0)
    for layer in setting.layers:
        won = layer is setting.winner
        style = "green" if won else "dim"
        text.append(f"  {'→' if won else ' '} {layer.place:{width}}  {shown(layer.value)}\n", style)
    for region, own in setting.in_regions.items():
        place = f"  {own.place}" if own.place else ""
        text.append(f"  in {region}  ", "dim").append(shown(own.value)).append(f"{place}\n", "dim")
    text.rstrip()
    return text


def settings_as_table(settings: Sequence[Setting]) -> Text:
    """Return a line for each setting: path, value, and the place that decided."""
    rows = [
        (each.path, _short(shown(each.value)), each.winner.place if each.winner else "not set") for each in settings
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    text = Text()
    for path, value, place in rows:
        text.append(f"{path:{widths[0]}}  ", "bold").append(f"{value:{widths[1]}}  ").append(f"{place}\n", "dim")
    text.rstrip()
    return text


def explanation_as_json(found: Explanation) -> str:
    """Return `{"environment", "settings": [{…, "layers": [{…, "wins"}]}], "problems": [{…}]}`."""
    settings = []
    for setting in found.settings:
        layers = [asdict(layer) | {"wins": layer is setting.winner} for layer in setting.layers]
        settings.append(asdict(setting) | {"layers": layers})
    problems = [asdict(problem) for problem in found.problems]
    report = {"environment": found.environment, "settings": settings, "problems": problems}
    return json.dumps(report, indent=2, ensure_ascii=False)


def findings_in_words(findings: Findings) -> str:
    """Return each problem once, with the environments that have it where it is not in the one file's name anyway."""
    lines = []
    for problem, environments in _once(findings):
        lines.append(str(problem))
        if not any(problem.source.endswith(f"/{name}.yaml") for name in environments):
            lines.append(f"    concerns: {_names(environments)}")
    return "\n".join(lines)


def findings_as_json(findings: Findings) -> str:
    """Return `{"ok", "environments": [{"environment", "problems": [{…}]}]}`."""
    environments = [
        {"environment": name, "problems": [asdict(problem) for problem in problems]}
        for name, problems in findings.items()
    ]
    return json.dumps({"ok": not any(findings.values()), "environments": environments}, indent=2, ensure_ascii=False)


def findings_as_annotations(findings: Findings) -> str:
    """Return a workflow command for each problem, which GitHub shows beside the line in a pull request.

    Source of the form and its escapes:
    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    return "\n".join(
        _annotation(problem, f"configuration of {', '.join(environments)}") for problem, environments in _once(findings)
    )


def verdict(findings: Findings) -> str:
    """Return one line that says how it went."""
    bad = [name for name, problems in findings.items() if problems]
    if not bad:
        return f"no problems in {', '.join(findings)}"
    count = len(list(_once(findings)))
    return f"{count} problem{'s' if count > 1 else ''} in {_names(bad)}"


def shown(value: Json) -> str:
    """Return a value for people: text as it is, all else as JSON."""
    return value if isinstance(value, str) and value.strip() else json.dumps(value, ensure_ascii=False)


def _names(environments: Sequence[str]) -> str:
    """Return names one after another; an empty one, too, is seen."""
    return ", ".join(name or '""' for name in environments)


def _once(findings: Mapping[str, Sequence[Problem]]) -> Iterator[tuple[Problem, list[str]]]:
    """Yield each problem with the environments that have it; one of the base is in all of them."""
    places: dict[Problem, list[str]] = {}
    for name, problems in findings.items():
        for problem in problems:
            places.setdefault(problem, []).append(name)
    yield from places.items()


def _annotation(problem: Problem, title: str) -> str:
    properties = {
        "file": problem.source if problem.line else None,
        "line": problem.line,
        "col": problem.column,
        "title": title,
    }
    written = ",".join(
        f"{key}={_escaped(str(value)).replace(':', '%3A').replace(',', '%2C')}"
        for key, value in properties.items()
        if value is not None
    )
    return f"::error {written}::{_escaped(str(problem))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"
