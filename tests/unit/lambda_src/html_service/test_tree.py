import pytest

from lambda_src.html_service.tokenizer import Kind, find_markup
from lambda_src.html_service.tree import DEEPEST_FOLLOWED, Tree


def tree_after(page):
    tree, position = Tree(), 0
    while markup := find_markup(page, position):
        if markup.kind is Kind.START:
            tree.start(
                markup.name,
                self_closing=markup.self_closing,
                breaks_out=b"color" in page[markup.start : markup.end],
                says_html=b"text/html" in page[markup.start : markup.end],
            )
        elif markup.kind is Kind.END:
            tree.end(markup.name)
        position = markup.end
    return tree


@pytest.mark.parametrize(
    ("page", "reads_html", "reads_cdata"),
    [
        (b"", True, False),
        (b"<p></div>", True, False),
        (b"<svg>", False, True),
        (b"<svg/>", True, False),
        (b"<svg></svg>", True, False),
        (b"<svg><g><path></svg>", True, False),
        (b"<svg><path/>", False, True),
        (b"<svg><title>", True, True),
        (b"<math><title>", False, True),
        (b"<svg><title></title>", False, True),
        (b"<svg><foreignObject><div>", True, None),
        (b"<svg><foreignObject><div><br></div></foreignObject>", False, True),
        (b"<svg><g><p>", True, False),
        (b"<svg><font>", False, True),
        (b"<svg><font color=red>", True, False),
        (b"<svg><title><p><svg>", False, True),
        (b"<svg><title><image>", True, True),
        (b"<math><mi>", True, True),
        (b"<math><mi><b></b></mi>", False, True),
        (b"<select></select><svg>", False, True),
        (b"<math><annotation-xml>", False, True),
        (b"<math><annotation-xml encoding=text/html>", True, True),
        (b"<math><annotation-xml encoding=text/html><b></b></annotation-xml>", False, True),
        (b"<math><annotation-xml><svg><desc>", True, True),
        (b"<svg><annotation-xml encoding=text/html>", False, True),
        (b"<svg><foreignObject><a></a>", True, True),
        (b"<svg><a><foreignObject><a></a>", True, True),
    ],
)
def test_certain_places(page, reads_html, reads_cdata):
    tree = tree_after(page)
    assert tree.certain
    assert (tree.reads_html, tree.reads_cdata) == (reads_html, reads_cdata)


@pytest.mark.parametrize(
    "page",
    [
        b"<div><svg></div>",
        b"<svg></p>",
        b"<svg><foreignObject><p></svg>",
        b"<svg><foreignObject><p>a<p>b</p></foreignObject>",
        b"<svg></g>",
        b"<math><mi><mglyph>",
        b"<svg><a><foreignObject><a><a></a></a>",
        b"<svg><desc><table></desc>",
        b"<svg></g><a><p></a>",
        b"<svg></g><desc><p></desc>",
        b"<svg></g><p></svg>",
        b"<select><svg>",
        b"<select><template>",
        b"<frameset>",
    ],
)
def test_places_that_would_need_the_whole_tree(page):
    tree = tree_after(page)
    assert not tree.certain
    assert not tree.honours(b"style")
    assert tree_after(page + b"</svg></math></select></frameset>").certain is False


@pytest.mark.parametrize(
    "page",
    [
        b"<svg></g><p>",
        b"<svg></g></svg><div></div></section></main></a>",
        b"<svg></g></svg><div><a>x</a>",
        b"<svg><foreignObject><table><tr>",
        b"<svg><foreignObject><div><p>a<p>b</div>",
        b"<math><mi><head>",
        b"<table><svg><desc><div><tr></tr></x>",
        b"<select><svg><g></select><p>",
        b"<mglyph><font color=red>",
    ],
)
def test_html_is_read_as_html_wherever_it_stands(page):
    tree = tree_after(page)
    assert (tree.certain, tree.reads_html, tree.reads_cdata) == (True, True, None)
    assert tree.honours(b"style")


def test_nobody_is_followed_for_ever():
    many = b"<svg>" + b"".join(b"<x%d></x%d>" % (number, number) for number in range(DEEPEST_FOLLOWED))
    assert not tree_after(many).certain
    assert not tree_after(many + b"<p>").certain
    assert tree_after(b"<svg>" + b"<g>" * (DEEPEST_FOLLOWED - 1)).certain
    assert not tree_after(b"<svg>" + b"<g>" * DEEPEST_FOLLOWED).certain


def test_start_tags_in_select_may_be_ignored():
    assert not tree_after(b"<select>").honours(b"style")
    assert tree_after(b"<select>").honours(b"script")
    assert tree_after(b"<select></select>").honours(b"style")


@pytest.mark.parametrize(
    ("page", "honours"),
    [
        (b"<template>", True),
        (b"<template><col>", False),
        (b"<template><col></template>", True),
        (b"<template><template><col></template>", False),
        (b"<table><col>", True),
    ],
)
def test_start_tags_among_columns_of_a_template_are_ignored(page, honours):
    assert tree_after(page).honours(b"script") is honours


def test_a_select_around_a_template_is_not_over_with_one_in_it():
    assert not tree_after(b"<select><template></select></template><p>").honours(b"style")


@pytest.mark.parametrize(
    ("page", "hides"), [(b"<svg><style>", True), (b"<svg><script>", True), (b"<svg><text>", False), (b"<style>", False)]
)
def test_style_sheets_of_svg_are_hidden(page, hides):
    assert tree_after(page).hides_text is hides


def test_minds_little_outside_svg():
    assert not Tree().minds(b"div")
    assert Tree().minds(b"svg")
    assert tree_after(b"<svg>").minds(b"div")
