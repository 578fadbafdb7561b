"""Documents lead where they say, and no file holds what belongs to one machine."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest

from tests.architecture.repository import ROOT, files, listed, text

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$", re.MULTILINE)
TARGET = re.compile(r"^([A-Za-z0-9_-]+(?: [A-Za-z0-9_-]+)*):(?!=)(.*)$", re.MULTILINE)

# Put together here, so that this file does not find itself.
FOREIGN = {
    "a package registry's host": re.compile(
        "|".join(("files[.]python" + "hosted", "registry[.]npm" + "js", "pypi[.]org/sim" + "ple"))
    ),
    "a path of one machine": re.compile(r"(?<![\w.])/(?:work|root|home|Users)/" + r"[a-z.][\w.-]*/"),
    "an access key": re.compile(r"\b(?:AKIA|ASIA)(?!IOSFODNN7EXAMPLE)[A-Z0-9]{16}\b"),
    "a private key": re.compile("-----BEGIN [A-Z ]*PRIVATE" + " KEY-----\n[A-Za-z0-9+/]"),
}

SAVED_PAGES = "local/pages/"
"""Pages of other people, kept byte for byte."""


def anchors(name: str) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = HEADING.findall(FENCE.sub("", text(name)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def decisions() -> list[str]:
    return [name for name in files(".md") if re.match(r"docs/adr/\d{4}-", name)]


def prose_of(document: str) -> str:
    """Return a document's text without its code."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", document))


def broken_links(name: str) -> list[str]:
    broken = []
    for match in LINK.finditer(prose_of(text(name))):
        link = match[1] or match[2]
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / PurePosixPath(name).parent / path).resolve() if path else ROOT / name
        if not target.exists():
            broken.append(f"{name}: {link} leads to nothing")
        elif anchor and target.suffix == ".md" and anchor not in anchors(str(target.relative_to(ROOT))):
            broken.append(f"{name}: {link} leads to no heading")
    return broken


@pytest.mark.parametrize("name", [name for name in files(".md") if not name.startswith(SAVED_PAGES)])
def test_links_lead_somewhere(name: str) -> None:
    assert broken_links(name) == []


@pytest.mark.parametrize("what", FOREIGN)
def test_no_file_holds_what_belongs_elsewhere(what: str) -> None:
    wrong = [
        f"{name}: {match[0]!r}"
        for name in files()
        if not name.startswith(SAVED_PAGES)
        for match in [FOREIGN[what].search(text(name))]
        if match
    ]

    assert wrong == [], f"{what} in {listed(wrong)}"


def test_every_make_target_says_what_it_is_for() -> None:
    targets = {target: rest for names, rest in TARGET.findall(text("Makefile")) for target in names.split()}

    silent = [target for target, rest in targets.items() if "## " not in rest]

    assert {"up", "test", "down", "help"} <= set(targets)
    assert silent == [], f"write '## what it does' behind each target: {silent}"


def test_every_decision_stands_in_the_index() -> None:
    index = text("docs/adr/README.md")

    missing = [name for name in decisions() if f"({PurePosixPath(name).name})" not in index]

    assert decisions()
    assert missing == [], f"add to docs/adr/README.md: {missing}"


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(PurePosixPath(name).name[:4]) for name in decisions()]

    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("part", ["Context", "Decision", "Reason", "Consequences"])
def test_every_decision_has_all_its_parts(part: str) -> None:
    lacking = [
        name for name in files(".md") if re.match(r"docs/adr/\d{4}-", name) and f"\n## {part}\n" not in text(name)
    ]

    assert lacking == []


@pytest.mark.parametrize(
    ("what", "sample"),
    [
        ("a package registry's host", "https://files.python" + "hosted.org/packages/x"),
        ("a package registry's host", "https://registry.npm" + "js.org/x"),
        ("a path of one machine", "see /" + "home/someone/project"),
        ("a path of one machine", '"/' + 'root/.cache/x"'),
        ("an access key", "AKIA" + "ABCDEFGHIJKLMNOP"),
        ("a private key", "-----BEGIN EC PRIVATE" + " KEY-----\nMHc"),
    ],
)
def test_foreign_things_are_recognised(what: str, sample: str) -> None:
    assert FOREIGN[what].search(sample)


@pytest.mark.parametrize("sample", ["below /opt/slipway/app", "$HOME/x", "tests/work/x", "AKIA" + "IOSFODNN7EXAMPLE"])
def test_harmless_things_are_not(sample: str) -> None:
    assert not any(pattern.search(sample) for pattern in FOREIGN.values())


def test_links_and_anchors_are_read() -> None:
    assert "who-may-import-whom" in anchors("docs/architecture.md")
    assert [match[1] or match[2] for match in LINK.finditer("[a](b.md#c) ![d](e.svg) [f](g 'x')")][:2] == [
        "b.md#c",
        "e.svg",
    ]
    assert "[a](b)" not in prose_of("`[a](b)` and\n```\n[a](b)\n```\n")
