"""Show comparisons: as a table, as JSON, as the tables in `docs/performance.md`. It measures nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.measure import BenchmarkError, Comparison


@dataclass(frozen=True)
class Figure:
    """What one thing took, where there is nothing to compare it with.

    :param what: the thing.
    :param seconds: how long it took; 0 if it is nothing that takes time.
    :param megabytes: by how much it grew what it works on, or its size.
    :param usd: what it costs, in US dollars.
    """

    what: str
    seconds: float
    megabytes: float
    usd: float = 0.0


@dataclass(frozen=True)
class Section:
    """Comparisons that belong together.

    :param title: what they are about.
    :param note: under what conditions they were measured.
    :param figures: what else was measured meanwhile.
    """

    title: str
    note: str
    comparisons: tuple[Comparison, ...]
    figures: tuple[Figure, ...] = ()


def show(sections: Sequence[Section], console: Console) -> None:
    """Print one table per section."""
    for section in sections:
        table = Table(title=section.title, title_justify="left", caption=section.note, caption_justify="left")
        table.add_column("this", overflow="fold")
        table.add_column("against", overflow="fold")
        for heading in _headings(section):
            table.add_column(heading, justify="right")
        for each in section.comparisons:
            table.add_row(each.subject, each.peer, *_figures(each, section))
        if section.comparisons:
            console.print(table)
        if section.figures:
            console.print(_table(section))


def _table(section: Section) -> Table:
    caption = None if section.comparisons else section.note
    table = Table(title=section.title, title_justify="left", caption=caption, caption_justify="left")
    table.add_column("what", overflow="fold")
    for heading in _units(section):
        table.add_column(heading, justify="right")
    for each in section.figures:
        table.add_row(each.what, *_numbers(each, section))
    return table


def as_json(sections: Sequence[Section], machine: str) -> str:
    """Return what `--json` prints."""
    return json.dumps({"machine": machine, "sections": [asdict(section) for section in sections]}, indent=2)


def as_markdown(sections: Sequence[Section], machine: str) -> str:
    """Return what stands between the markers of the document."""
    blocks = [f"Measured on {machine}."]
    for section in sections:
        headings = _headings(section)
        rows = [
            f"| this | against | {' | '.join(headings)} |",
            f"|---|---|{'---:|' * len(headings)}",
            *(
                f"| {each.subject} | {each.peer} | {' | '.join(_figures(each, section))} |"
                for each in section.comparisons
            ),
        ]
        blocks += [f"### {section.title}", section.note]
        if section.comparisons:
            blocks.append("\n".join(rows))
        if section.figures:
            units = _units(section)
            lines = (f"| {each.what} | {' | '.join(_numbers(each, section))} |" for each in section.figures)
            blocks.append("\n".join([f"| what | {' | '.join(units)} |", f"|---|{'---:|' * len(units)}", *lines]))
    return "\n\n".join(blocks)


def markers(name: str) -> tuple[str, str]:
    """Return the lines of a document between which the figures of a benchmark stand."""
    return f"<!-- bench:{name}:begin -->", f"<!-- bench:{name}:end -->"


def write(document: Path, name: str, text: str) -> None:
    """Put `text` between the markers of a benchmark and leave everything else of the document as it is.

    :raises BenchmarkError: if the document has no markers.
    """
    first, last = markers(name)
    before, begin, rest = document.read_text(encoding="utf-8").partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end):
        raise BenchmarkError(f"{document} has no place for these figures; next: add the lines {first} and {last}")
    document.write_text(f"{before}{first}\n\n{text}\n\n{last}{after}", encoding="utf-8")


def _units(section: Section) -> Sequence[str]:
    return ("US dollars",) if any(each.usd for each in section.figures) else ("seconds", "MB")


def _numbers(figure: Figure, section: Section) -> Sequence[str]:
    if "US dollars" in _units(section):
        return (f"{figure.usd:,.2f}",)
    seconds = f"{figure.seconds:.1f}" if figure.seconds else ""
    return seconds, f"{figure.megabytes:+.1f}" if abs(figure.megabytes) >= 0.05 else ""


def _has_limits(section: Section) -> bool:
    return any(each.limit is not None for each in section.comparisons)


def _headings(section: Section) -> Sequence[str]:
    usual = ("median ratio", "lowest", "highest", "rounds")
    return (*usual, "limit", "verdict") if _has_limits(section) else usual


def _figures(comparison: Comparison, section: Section) -> Sequence[str]:
    ratios = (comparison.median, comparison.lowest, comparison.highest)
    usual = (*(f"{ratio:.2f}" for ratio in ratios), str(comparison.rounds))
    if not _has_limits(section):
        return usual
    return (*usual, "" if comparison.limit is None else f"{comparison.limit:.2f}", comparison.verdict)
