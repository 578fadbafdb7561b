"""The encodings of the web: their labels, and which codec reads them, one of Python's or of :mod:`.web_codecs`.

Source of names and labels: WHATWG Encoding Standard, section 4.2. That `latin1` and `ascii` mean windows-1252 and
`gb2312` means GBK is no mistake here but what browsers do. This module is a table; it looks at no page.
"""

from __future__ import annotations

from typing import NamedTuple

from lambda_src.html_service import web_codecs  # noqa: F401 - makes its codecs known to Python


class Encoding(NamedTuple):
    """An encoding of the standard.

    :param name: the standard's name, in lower case.
    :param codec: name of the codec, or None where a page in that encoding is left alone: ASCII bytes do not mean ASCII
        characters in it (UTF-16, ISO-2022-JP), or Python has no such codec.
    """

    name: str
    codec: str | None


def find_encoding(label: str) -> Encoding | None:
    """Return the encoding for a label as it stands in a header or a page, or None if nobody knows it."""
    return _BY_LABEL.get(label.strip("\t\n\f\r ").lower())


_TABLE: tuple[tuple[Encoding, str], ...] = (
    (Encoding("utf-8", "utf-8"), "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8"),
    (Encoding("ibm866", "web_cp866"), "866 cp866 csibm866 ibm866"),
    (
        Encoding("iso-8859-2", "web_iso8859_2"),
        "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
    ),
    (
        Encoding("iso-8859-3", "web_iso8859_3"),
        "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
    ),
    (
        Encoding("iso-8859-4", "web_iso8859_4"),
        "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
    ),
    (
        Encoding("iso-8859-5", "web_iso8859_5"),
        "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
    ),
    (
        Encoding("iso-8859-6", "web_iso8859_6"),
        (
            "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e "
            "iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987"
        ),
    ),
    (
        Encoding("iso-8859-7", "web_iso8859_7"),
        (
            "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 "
            "iso_8859-7 iso_8859-7:1987 sun_eu_greek"
        ),
    ),
    (
        Encoding("iso-8859-8", "web_iso8859_8"),
        (
            "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 "
            "iso_8859-8 iso_8859-8:1988 visual"
        ),
    ),
    (Encoding("iso-8859-8-i", "web_iso8859_8"), "csiso88598i iso-8859-8-i logical"),
    (Encoding("iso-8859-10", "web_iso8859_10"), "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6"),
    (Encoding("iso-8859-13", "web_iso8859_13"), "iso-8859-13 iso8859-13 iso885913"),
    (Encoding("iso-8859-14", "web_iso8859_14"), "iso-8859-14 iso8859-14 iso885914"),
    (Encoding("iso-8859-15", "web_iso8859_15"), "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9"),
    (Encoding("iso-8859-16", "web_iso8859_16"), "iso-8859-16"),
    (Encoding("koi8-r", "web_koi8_r"), "cskoi8r koi koi8 koi8-r koi8_r"),
    (Encoding("koi8-u", "web_koi8_u"), "koi8-ru koi8-u"),
    (Encoding("macintosh", "web_mac_roman"), "csmacintosh mac macintosh x-mac-roman"),
    (Encoding("windows-874", "web_cp874"), "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874"),
    (Encoding("windows-1250", "web_cp1250"), "cp1250 windows-1250 x-cp1250"),
    (Encoding("windows-1251", "web_cp1251"), "cp1251 windows-1251 x-cp1251"),
    (
        Encoding("windows-1252", "web_cp1252"),
        (
            "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 "
            "iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252"
        ),
    ),
    (Encoding("windows-1253", "web_cp1253"), "cp1253 windows-1253 x-cp1253"),
    (
        Encoding("windows-1254", "web_cp1254"),
        (
            "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 "
            "windows-1254 x-cp1254"
        ),
    ),
    (Encoding("windows-1255", "web_cp1255"), "cp1255 windows-1255 x-cp1255"),
    (Encoding("windows-1256", "web_cp1256"), "cp1256 windows-1256 x-cp1256"),
    (Encoding("windows-1257", "web_cp1257"), "cp1257 windows-1257 x-cp1257"),
    (Encoding("windows-1258", "web_cp1258"), "cp1258 windows-1258 x-cp1258"),
    (Encoding("x-mac-cyrillic", "web_mac_cyrillic"), "x-mac-cyrillic x-mac-ukrainian"),
    (Encoding("gbk", "web_gb18030"), "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk"),
    (Encoding("gb18030", "web_gb18030"), "gb18030"),
    (Encoding("big5", "web_big5hkscs"), "big5 big5-hkscs cn-big5 csbig5 x-x-big5"),
    (Encoding("euc-jp", "web_euc_jp"), "cseucpkdfmtjapanese euc-jp x-euc-jp"),
    (Encoding("iso-2022-jp", None), "csiso2022jp iso-2022-jp"),
    (Encoding("shift_jis", "web_cp932"), "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis"),
    (
        Encoding("euc-kr", "web_cp949"),
        ("cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949"),
    ),
    (Encoding("replacement", None), "csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr replacement"),
    (Encoding("utf-16be", None), "unicodefffe utf-16be"),
    (Encoding("utf-16le", None), "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le"),
    (Encoding("x-user-defined", None), "x-user-defined"),
)

_BY_LABEL = {label: encoding for encoding, labels in _TABLE for label in labels.split()}

LABELS = tuple(_BY_LABEL)
"""All labels of the standard, in lower case."""
