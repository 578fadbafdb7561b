"""Tables, JSON and the document's figures."""

import json

import pytest
from rich.console import Console

from bench.measure import BenchmarkError, Comparison
from bench.report import Figure, Section, as_json, as_markdown, markers, show, write

BEGIN, END = markers("synthesis")

SECTIONS = [Section("Synthesis", "Warm caches.", (Comparison("synth", "empty app", 2.345, 2.1, 3.0, 7),))]


def test_the_table_has_each_ratio_with_its_spread(capsys):
    show(SECTIONS, Console(width=120))
    printed = capsys.readouterr().out
    for expected in ("Synthesis", "Warm caches.", "synth", "empty app", "2.35", "2.10", "3.00"):
        assert expected in printed


def test_json_has_the_machine_and_every_comparison():
    loaded = json.loads(as_json(SECTIONS, "2 processors"))
    assert loaded["machine"] == "2 processors"
    assert loaded["sections"][0]["comparisons"] == [
        {"subject": "synth", "peer": "empty app", "median": 2.345, "lowest": 2.1, "highest": 3.0, "rounds": 7,
         "limit": None}
    ]  # fmt: skip


def test_a_limit_stands_beside_its_ratio_with_the_verdict(capsys):
    ratios = [Comparison(name, "peer", median, 1.0, 2.0, 3, limit) for name, median, limit in
              (("quick", 1.2, 1.3), ("slow", 1.31, 1.3), ("free", 9.0, None))]  # fmt: skip
    section = Section("Start", "", tuple(ratios))
    show([section], Console(width=120))
    printed = capsys.readouterr().out
    assert ("kept" in printed, "missed" in printed) == (True, True)
    text = as_markdown([section], "")
    assert "| quick | peer | 1.20 | 1.00 | 2.00 | 3 | 1.30 | kept |" in text
    assert "| slow | peer | 1.31 | 1.00 | 2.00 | 3 | 1.30 | missed |" in text
    assert "| free | peer | 9.00 | 1.00 | 2.00 | 3 |  |  |" in text


def test_what_costs_is_told_in_dollars(capsys):
    section = Section("Cost", "", (), (Figure("a page", 0, 0, usd=1234.5),))
    show([section], Console(width=120))
    assert "1,234.50" in capsys.readouterr().out
    assert "| what | US dollars |\n|---|---:|\n| a page | 1,234.50 |" in as_markdown([section], "")


def test_figures_replace_those_between_the_markers_and_nothing_else(tmp_path):
    document = tmp_path / "performance.md"
    document.write_text(f"before\n{BEGIN}\nold figures\n{END}\nafter\n")
    write(document, "synthesis", as_markdown(SECTIONS, "2 processors"))
    text = document.read_text()
    assert text.startswith(f"before\n{BEGIN}\n\nMeasured on 2 processors.\n")
    assert text.endswith(f"\n{END}\nafter\n")
    assert "| synth | empty app | 2.35 | 2.10 | 3.00 | 7 |" in text
    assert "old figures" not in text


def test_writing_twice_is_writing_once(tmp_path):
    document = tmp_path / "performance.md"
    document.write_text(f"{BEGIN}{END}")
    write(document, "synthesis", "figures")
    once = document.read_text()
    write(document, "synthesis", "figures")
    assert document.read_text() == once


@pytest.mark.parametrize("text", ["no markers", BEGIN, END])
def test_a_document_without_markers_is_left_alone(tmp_path, text):
    document = tmp_path / "performance.md"
    document.write_text(text)
    with pytest.raises(BenchmarkError, match="no place for these figures; next: add the lines"):
        write(document, "synthesis", "figures")
    assert document.read_text() == text


def test_figures_stand_beside_comparisons_or_alone(capsys):
    figures = (Figure("unpack", 1.25, 3.0), Figure("start", 0.5, 0.0), Figure("size", 0.0, 9.0))
    for comparisons in (SECTIONS[0].comparisons, ()):
        text = as_markdown([Section("Image", "Here.", comparisons, figures)], "2 processors")
        assert "| unpack | 1.2 | +3.0 |\n| start | 0.5 |  |\n| size |  | +9.0 |" in text
        assert ("median ratio" in text) is bool(comparisons)
    show([Section("Image", "Here.", (), figures)], Console(width=120))
    printed = capsys.readouterr().out
    assert "unpack" in printed
    assert "Here." in printed
