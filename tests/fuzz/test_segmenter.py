"""Whatever the page: its bytes come back, and hostile text in the place of every text stays text.

Two parsers that follow the standard are the judges (:mod:`.judges`): elements and names of attributes must be the same
after the replacement, and what was put in must not turn up in a comment, a script or a style sheet.
"""

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_src.html_service.charset import detect
from lambda_src.html_service.encodings import find_encoding
from lambda_src.html_service.segmenter import find_segments, replace_segments
from tests.fuzz.judges import check

PAGES = sorted((Path(__file__).parents[2] / "local" / "pages").glob("*.html"))

_PIECES = r"""
<svg> </svg> <math> </math> <title> </title> <style> </style> <script> </script> <desc> </desc> <foreignObject>
</foreignObject> <p> </p> <div> </div> <b> </b> <a> </a> <table> </table> <tr> <td> </td> <caption> </caption>
<select> </select> <option> </option> <textarea> </textarea> <noscript> </noscript> <xmp> </xmp> <iframe> </iframe>
<plaintext> <frameset> </frameset> <frame> <body> </body> <head> </head> <html> </html> <mi> </mi> <mtext> </mtext>
<annotation-xml> <annotation-xml\x20encoding='text/html'> </annotation-xml> <mglyph> <![CDATA[ ]]> <!-- --> --!> <!-->
<!---> <!doctype\x20html> <?x> </> </\x20x> <svg/> <br> </br> <path/> <path> <g> </g> <font\x20color=x> <font>
<img\x20alt=x> <img\x20alt='x'\x20title="y"\x20alt=z> <input\x20type=submit\x20value=ok> <input\x20value=no>
<a\x20title= " ' = > < / &amp; &lt &#60; text \x20 \n \r \x0c \x00 <template> </template> <object> </object> <button>
</button> <form> </form> <li> <h1> </h1> <noembed> </noembed> <noframes> </noframes> <script\x20 <style><b> </scrip
<!--<script> <!--\x20<script\x20 <image\x20alt=q> <col> <colgroup> <tbody> <a/title='x'/> <p\x20=x\x20title=y>
<p\x20title=\x20> <p\x20title=> <p\x20title==x> <nobr> <em> <svg><style> <svg><title> <math><mi> <select><svg> <ruby>
<p\x20class="a\x20b"\x20id=c> <P\x20DATA-X='<p>'> <a\x20href="> <i\x20x=y/> <b\x20x/> </p\x20x="y">
<dd> <pre>\n <embed> <!foo> <! <svg\x20title=a> <g\x20title='x'/> \xe9 &#0; &#x
"""
PIECES = [piece.encode().decode("unicode_escape") for piece in re.findall(r"\S+", _PIECES)]
# Each means one thing as raw text and another as markup, so that who takes it for the wrong one edits a tag.
PIECES += [f"<{name}><b title='</{name}>'>" for name in ("style", "title", "xmp", "noscript", "noframes", "textarea")]
PIECES += [f"<svg>{tag}<foreignObject>" for tag in ("<a>", "<button>", "<li>", "<style>", "</g>")]
PIECES += [
    "<template><col>",
    "<annotation-xml encoding='TEXT/HTML'>",
    "<math><annotation-xml>",
    "</main>",
    "</section>",
]
PIECES += ["<script><!--<script></script>'", "--></script>", "<![CDATA[<b title='>]]>'>", "<b title='-->'>", "<svg><p>"]
pieces = st.lists(st.sampled_from(PIECES), max_size=16)


@settings(max_examples=400, deadline=None)
@given(pieces)
def test_pieces_of_markup(parts):
    check("".join(parts).encode("latin-1"), find_encoding("latin1"))


@pytest.mark.parametrize("seed", range(8))
def test_many_random_pages(seed):
    """Hypothesis thinks about each example; chance alone reaches many more in the same time."""
    source = random.Random(seed)  # noqa: S311 - test data
    for _ in range(500):
        page = "".join(source.choice(PIECES) for _ in range(source.randint(1, 14)))
        check(page.encode(), find_encoding("utf-8"))


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from([None, "utf-8", "shift_jis", "big5", "gbk", "euc-kr", "utf-16le", "iso-2022-jp"]),
)
def test_any_bytes_round_trip(page, label):
    check(page, detect(page, label))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.sampled_from(["utf-8", "latin1", "shift_jis", "big5", "gb18030", "euc-kr", "koi8-r"]))
def test_any_text_is_read_back_as_it_was_written(text, label):
    encoding = find_encoding(label)
    page = b"<p title=\"a\">b</p><img alt='c'><img alt=d><textarea>e</textarea>"
    written = text.replace("\0", "")
    changed = replace_segments(page, encoding, ["!" + written] * 5)
    # A new line and control characters have no lossless form in HTML; everything else has to survive.
    expected = ["!" + written] * 5
    read = [segment.text for segment in find_segments(changed, encoding)]
    if not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in written):
        assert read == expected


@pytest.mark.parametrize("path", PAGES, ids=[path.name for path in PAGES])
def test_real_pages(path):
    page = path.read_bytes()
    check(page, detect(page, None))


def test_there_are_real_pages():
    assert len(PAGES) >= 5
