"""The how-to page on components: what it shows is a good document, and really runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.models import Image
from local.image import documents
from local.image.__main__ import main
from local.image.awstoe import BuildFailed, Executor
from tests.unit.local.image.here import Here, Shelf

from .test_components import GIVEN, each_mistake, parameters

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "how-to" / "add-a-component.md").read_text()
BLOCKS = dict(re.findall(r"```yaml title=\"([^\"]+)\"\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture
def notice(tmp_path: Path) -> Path:
    path = tmp_path / "notice.yaml"
    path.write_text(BLOCKS["image/notice.yaml"])
    return path


def executor(file: Path, **values: str) -> Executor:
    return Executor(Here(), Shelf(), {"File": str(file), **values})


def test_it_is_a_document_and_follows_the_pages_own_advice(notice: Path, tmp_path: Path) -> None:
    assert main(["check", str(notice)]) == 0
    assert each_mistake([notice], tmp_path / "scripts") == []
    assert {name for name, entry in parameters(notice).items() if "default" not in entry} <= GIVEN


def test_it_runs_twice_and_its_validation_tells_when_somebody_takes_the_notice_away(
    notice: Path, tmp_path: Path
) -> None:
    document, motd = documents.read(notice), tmp_path / "motd"
    for _ in range(2):
        executor(motd).run([document], "build")
        executor(motd).run([document], "validate")
    assert motd.read_text() == "This machine belongs to the proxy platform. What you do is logged.\n"

    motd.write_text("")
    with pytest.raises(BuildFailed, match="does not hold the notice"):
        executor(motd).run([document], "validate")


@pytest.mark.parametrize("text", ["it's ours", 'a "quote", $HOME, `id`, $(id), \\n and 100 %', "two\nlines"])
def test_it_takes_every_text_as_it_is(notice: Path, tmp_path: Path, text: str) -> None:
    document, motd = documents.read(notice), tmp_path / "motd"
    executor(motd, Notice=text).run([document], "build")
    executor(motd, Notice=text).run([document], "validate")
    assert motd.read_text() == f"{text}\n"


def test_the_settings_are_ones_that_the_configuration_takes() -> None:
    chosen = re.findall(r"^    - (\S+)$", BLOCKS["config/environments/production.yaml, added"], re.MULTILINE)
    assert len(Image(extra_components=tuple(chosen)).extra_components) == 2
    (most,) = re.findall(r"An image takes (\w+) of them", PAGE)
    assert most == "eleven"
    assert Image.model_fields["extra_components"].metadata[-1].max_length == 11
