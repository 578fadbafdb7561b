import pytest
from webencodings.labels import LABELS

from lambda_src.html_service.encodings import find_encoding

ASCII = "".join(map(chr, range(0x80)))


@pytest.mark.parametrize(("label", "name"), LABELS.items())
def test_every_label_of_the_standard(label, name):
    assert find_encoding(label).name == name


@pytest.mark.parametrize("label", sorted(set(LABELS.values())))
def test_codec_exists_and_ascii_means_ascii(label):
    codec = find_encoding(label).codec
    if codec is None:
        assert label in ("utf-16le", "utf-16be", "iso-2022-jp", "replacement", "x-user-defined")
    else:
        assert ASCII.encode(codec) == ASCII.encode()
        assert ASCII.encode().decode(codec) == ASCII


@pytest.mark.parametrize("label", [" UTF-8\n", "Latin1", "ISO-8859-1", "ASCII"])
def test_case_and_white_space_do_not_matter(label):
    assert find_encoding(label) is not None


@pytest.mark.parametrize("label", ["", "utf-7", "nonsense", "utf-8;", "é"])
def test_unknown_label(label):
    assert find_encoding(label) is None
