"""The pages are what their description says, and are real in the ways that it promises."""

import hashlib
import re

import html5lib
import pytest

from local import corpus

PAGES = corpus.pages()


def test_every_file_is_described_and_the_other_way_round():
    beside = {"README.md", "LICENSES", "pages.json"}
    assert {path.name for path in corpus.FOLDER.iterdir()} - beside == {page.file for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.file)
def test_bytes_are_those_of_the_source(page):
    data = page.read()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (page.size, page.sha256)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.file)
def test_bytes_are_in_the_charset_that_is_given(page):
    if page.charset is None:
        assert page.content_type == "image/png"
        assert page.read().startswith(b"\x89PNG")
    else:
        assert page.read().decode(page.charset).encode(page.charset) == page.read()


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.content_type == "text/html"], ids=lambda page: page.file
)
def test_a_page_without_a_charset_in_its_header_names_it_itself(page):
    declared = re.search(rb"charset=[\"']?([\w-]+)", page.read())
    assert declared is not None
    assert declared.group(1).decode().lower() == page.charset


def test_each_source_and_licence_is_named_in_the_readme():
    readme = (corpus.FOLDER / "README.md").read_text(encoding="utf-8")
    for page in PAGES:
        assert f"`{page.file}`" in readme
        assert page.source.split()[2] in readme
        assert ("**changed**" in next(line for line in readme.splitlines() if f"`{page.file}`" in line)) == bool(
            page.changed
        )


def test_the_main_page_has_a_few_hundred_kilobytes():
    assert 300_000 < corpus.page(corpus.MAIN_PAGE).size < 400_000


@pytest.mark.parametrize(("file", "at_least"), [("sqlite-changes.html", 300), ("sqlite-faq.html", 20)])
def test_broken_pages_are_broken(file, at_least):
    parser = html5lib.HTMLParser()
    parser.parse(corpus.page(file).read())
    assert len(parser.errors) >= at_least


def test_the_shift_jis_page_has_characters_whose_second_byte_is_ascii():
    text = corpus.page("yaskkserv-install-ja.html").read().decode("shift_jis")
    assert any(len(code) == 2 and code[1] < 128 for code in (character.encode("shift_jis") for character in text))


def test_an_unknown_page_is_refused():
    with pytest.raises(KeyError, match=r"nothing\.html"):
        corpus.page("nothing.html")
