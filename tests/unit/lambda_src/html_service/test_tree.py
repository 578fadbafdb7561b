import pytest

from lambda_src.html_service.tokenizer import Kind, find_markup
from lambda_src.html_service.tree import DEEPEST_FOLLOWED, Tree


def tree_after(page):
    tree, position = Tree(), 0
    while markup := find_markup(page, position):
        if markup.kind is Kind.START:
            tree.start(
                markup.name, self_closing=markup.self_closing, breaks_out=b"color" in page[markup.start : markup.end]
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
        (b"<svg><foreignObject><div>", True, False),
        (b"<svg><foreignObject><div><br></div></foreignObject>", False, True),
        (b"<svg><g><p>", True, False),
        (b"<svg><font>", False, True),
        (b"<svg><font color=red>", True, False),
        (b"<svg><title><p><svg>", False, True),
        (b"<svg><title><image>", True, True),
        (b"<math><mi>", True, True),
        (b"<math><mi><b></b></mi>", False, True),
        (b"<select></select><svg>", False, True),
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
        b"<math><annotation-xml>",
        b"<math><mi><mglyph>",
        b"<math><mi><head>",
        b"<table><svg><desc><div><tr>",
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


def test_nobody_is_followed_for_ever():
    assert tree_after(b"<svg>" + b"<g>" * (DEEPEST_FOLLOWED - 1)).certain
    assert not tree_after(b"<svg>" + b"<g>" * DEEPEST_FOLLOWED).certain


def test_start_tags_in_select_may_be_ignored():
    assert not tree_after(b"<select>").honours(b"style")
    assert tree_after(b"<select>").honours(b"script")
    assert tree_after(b"<select></select>").honours(b"style")


@pytest.mark.parametrize(
    ("page", "hides"), [(b"<svg><style>", True), (b"<svg><script>", True), (b"<svg><text>", False), (b"<style>", False)]
)
def test_style_sheets_of_svg_are_hidden(page, hides):
    assert tree_after(page).hides_text is hides


def test_minds_little_outside_svg():
    assert not Tree().minds(b"div")
    assert Tree().minds(b"svg")
    assert tree_after(b"<svg>").minds(b"div")
