"""Only the text that a reader sees counts as text."""

from local.browse import Page, readable_lines


def page(body: bytes, charset: str = "utf-8") -> Page:
    return Page(200, body, charset, "", "", 0.0)


def test_scripts_styles_and_the_head_are_not_read() -> None:
    body = b"<head><title>t</title></head><p>one<script>no</script> two</p><style>no</style><p>three</p>"
    assert readable_lines(page(body), shortest=1) == ["one two", "three"]


def test_the_charset_of_the_page_is_used() -> None:
    assert readable_lines(page("<p>größer</p>".encode("latin-1"), "latin-1"), shortest=1) == ["größer"]


def test_short_lines_are_left_out() -> None:
    assert readable_lines(page(b"<p>short</p><p>a line that is long enough</p>"), shortest=10) == [
        "a line that is long enough"
    ]
