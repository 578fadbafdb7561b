"""Python's codecs as browsers have them: `web_` and the name of Python's own one.

Source: WHATWG Encoding Standard, sections 9 to 14. There every byte of a one-byte encoding means something, bytes that
its inventors left free up to 0x9F being control characters; and no byte that is wrong takes an ASCII character with it.
Of Python's codecs neither is true, so one odd byte would keep a whole text from being read. Bytes that mean nothing are
read as U+FFFD, with the error handler `replace`.
"""

from __future__ import annotations

import codecs
from collections.abc import Buffer

MULTI_BYTE = frozenset(("gb18030", "big5hkscs", "euc_jp", "cp932", "cp949"))
"""Encodings with characters of several bytes; all others that are asked for have one byte for each."""

_PREFIX = "web_"
_OTHERWISE = {("koi8_u", 0xAE): "ў", ("koi8_u", 0xBE): "Ў", ("cp1255", 0xCA): "\u05ba"}
"""Bytes that mean another character in the standard than in Python."""

_UNDEFINED = "\ufffe"
"""What says in a table of Python's that a byte means nothing."""

_ONE_AT_A_TIME = "slipway-one-at-a-time"
"""Error handler by which a wrong byte is one U+FFFD, and reading goes on right behind it."""


def _find(name: str) -> codecs.CodecInfo | None:
    own = name.removeprefix(_PREFIX)
    if own == name:
        return None
    return _multi_byte(name, own) if own in MULTI_BYTE else _one_byte(name, own)


def _one_byte(name: str, own: str) -> codecs.CodecInfo:
    meanings = "".join(_meaning(own, byte) for byte in range(0x100))
    bytes_of = codecs.charmap_build(meanings)

    def encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
        return codecs.charmap_encode(text, errors, bytes_of)

    def decode(data: Buffer, errors: str = "strict") -> tuple[str, int]:
        return codecs.charmap_decode(bytes(data), errors, meanings)

    return codecs.CodecInfo(encode, decode, name=name)


def _meaning(own: str, byte: int) -> str:
    try:
        usual = bytes([byte]).decode(own)
    except UnicodeDecodeError:
        usual = chr(byte) if byte < 0xA0 else _UNDEFINED
    return _OTHERWISE.get((own, byte), usual)


def _multi_byte(name: str, own: str) -> codecs.CodecInfo:
    pythons = codecs.lookup(own)

    def decode(data: Buffer, errors: str = "strict") -> tuple[str, int]:
        return pythons.decode(bytes(data), _ONE_AT_A_TIME if errors == "replace" else errors)

    return codecs.CodecInfo(pythons.encode, decode, name=name)


def _one_at_a_time(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    # What Python takes for wrong may go as far as into the `<` behind it; in the standard 0x80 of GBK is a euro sign.
    is_euro = error.encoding == "gb18030" and error.object[error.start] == 0x80
    return "€" if is_euro else "\ufffd", error.start + 1


codecs.register(_find)
codecs.register_error(_ONE_AT_A_TIME, _one_at_a_time)
