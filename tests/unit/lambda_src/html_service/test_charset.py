import pytest

from lambda_src.html_service.charset import PRESCANNED_BYTES, detect, mark_length


@pytest.mark.parametrize(
    ("page", "header", "name"),
    [
        (b"", None, "windows-1252"),
        (b"<p>", "utf-8", "utf-8"),
        (b"<p>", "ISO-8859-1", "windows-1252"),
        (b"<meta charset=koi8-r>", "utf-8", "utf-8"),
        (b"\xef\xbb\xbf<meta charset=koi8-r>", "gbk", "utf-8"),
        (b"\xff\xfea\0", "utf-8", "utf-16le"),
        (b"\xfe\xff\0a", None, "utf-16be"),
        (b"<meta charset=koi8-r>", None, "koi8-r"),
        (b"<meta charset=koi8-r>", "nonsense", "koi8-r"),
        (b"<META CharSet = 'Shift_JIS' />", None, "shift_jis"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=euc-jp">', None, "euc-jp"),
        (b"<meta content='text/html;charset = \"big5\"' http-equiv=content-type>", None, "big5"),
        (b'<meta content="text/html; charset=euc-jp">', None, "windows-1252"),
        (b'<meta http-equiv=content-type content="text/html">', None, "windows-1252"),
        (b"<meta charset=utf-16>", None, "utf-8"),
        (b"<meta charset=x-user-defined>", None, "windows-1252"),
        (b"<meta charset=nonsense><meta charset=gbk>", None, "gbk"),
        (b"<!-- <meta charset=gbk> --><meta charset=big5>", None, "big5"),
        (b"<p title='<meta charset=gbk>'><meta charset=big5>", None, "big5"),
        (b"<metal charset=gbk>", None, "windows-1252"),
        (b"<meta charset=\xff>", None, "windows-1252"),
        (b" " * 2000 + b"<meta charset=gbk>", None, "gbk"),
        (b" " * PRESCANNED_BYTES + b"<meta charset=gbk>", None, "windows-1252"),
    ],
)
def test_detect(page, header, name):
    assert detect(page, header).name == name


@pytest.mark.parametrize(("page", "length"), [(b"\xef\xbb\xbfx", 3), (b"\xff\xfe", 2), (b"x", 0), (b"", 0)])
def test_mark_length(page, length):
    assert mark_length(page) == length
