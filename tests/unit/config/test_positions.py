"""Reading YAML: values as people mean them, places as editors count them, and no exception but our own."""

import datetime

import pytest

from config.positions import Document, UnreadableError, dotted, may_be_secret, read_scalar, read_yaml


def problems_of(text: str) -> list[tuple[str, str]]:
    return [(problem.path, problem.message) for problem in read_yaml(text, "a.yaml").problems]


def test_values_and_the_places_of_their_keys() -> None:
    document = read_yaml("a: 1\nb:\n  c: [x, yy]\n", "a.yaml")

    assert document.values == {"a": 1, "b": {"c": ["x", "yy"]}}
    source = document.sources["b", "c", 1]
    assert (source.name, source.line, source.column, source.text) == ("a.yaml", 3, 10, "yy")
    source = document.sources["b", "c"]
    assert (source.line, source.column, source.text) == (3, 3, None)


def test_all_kinds_of_values() -> None:
    text = "a: true\nb: 1.5\nc: null\nd: text\ne: 2026-11-21\nf: '012'\n"

    assert read_yaml(text, "").values == {
        "a": True,
        "b": 1.5,
        "c": None,
        "d": "text",
        "e": datetime.date(2026, 11, 21),
        "f": "012",
    }


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "\ufeff"])
def test_an_empty_file_says_nothing(text: str) -> None:
    document = read_yaml(text.encode(), "a.yaml")

    assert (document.values, document.problems) == ({}, [])


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert read_yaml(b"\xef\xbb\xbfa: 1", "").values == {"a": 1}


def test_anchors_and_merge_keys_work_and_own_keys_win() -> None:
    document = read_yaml("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc: *a\n", "")

    assert document.problems == []
    assert document.values["b"] == {"x": 1, "y": 3}
    assert document.values["c"] == {"x": 1, "y": 2}


def test_a_key_that_stands_twice_is_refused_at_its_second_place() -> None:
    (problem,) = read_yaml("a:\n  b: 1\n  b: 2\n", "a.yaml").problems

    assert (problem.path, problem.line, problem.column) == ("a.b", 3, 3)
    assert problem.message == "the key stands twice, first in line 2"


@pytest.mark.parametrize("written", ["000000000000", "010", "0123456789", "12:30", "-01", "1:20:30", "08", "0_1"])
def test_a_number_that_yaml_would_read_otherwise_is_refused_and_kept_as_text(written: str) -> None:
    document = read_yaml(f"a: {written}", "a.yaml")

    looks_like_text_to_yaml = written == "08" or written == "0123456789"
    assert document.values == {"a": written}
    assert len(document.problems) == (0 if looks_like_text_to_yaml else 1)


@pytest.mark.parametrize("written", ["0x" + "f" * 5000, "9" * 5000])
def test_a_number_that_python_cannot_write_down_is_refused(written: str) -> None:
    (problem,) = read_yaml(f"a: {written}", "a.yaml").problems

    assert problem.message == f"a number of {len(written)} characters means nothing here"


def test_the_refusal_of_an_octal_number_says_what_to_write() -> None:
    (problem,) = read_yaml("account: 000000000000", "a.yaml").problems

    assert problem.message.startswith("000000000000 stands without quotes, so YAML reads it as another number")
    assert problem.mend == 'put it in quotes: "000000000000", or write a number without leading zeros'


@pytest.mark.parametrize("written", ["0123", "2026-02-30"])
def test_a_value_that_may_be_a_secret_is_not_shown(written: str) -> None:
    (problem,) = read_yaml(f"admin_password: {written}", "a.yaml").problems

    assert written not in str(problem)


@pytest.mark.parametrize(
    ("key", "is_secret"),
    [("password", True), ("fuel_password", True), ("api_token", True), ("secretary", False), ("secret_arn", False)],
)
def test_what_sounds_like_a_secret(key: str, is_secret: bool) -> None:
    assert may_be_secret(("a", key)) is is_secret


@pytest.mark.parametrize("written", ["0", "10", "-3", "0.5", "1_000", "0x10", "1.0e+3"])
def test_honest_numbers_are_taken(written: str) -> None:
    assert problems_of(f"a: {written}") == []


def test_a_day_that_does_not_exist_is_refused() -> None:
    assert problems_of("a: 2026-02-30") == [
        ("a", "YAML cannot read 2026-02-30 as the date or number that it looks like")
    ]


@pytest.mark.parametrize("key", ["1", "on", "null", "2026-11-21"])
def test_a_key_that_is_no_text_is_refused(key: str) -> None:
    assert problems_of(f"{key}: x") == [("", f"a key must be text, and YAML reads {key} as something else")]


def test_a_list_as_a_key_is_refused() -> None:
    assert problems_of("? [a]\n: b") == [("", "a key must be text, and YAML reads a list as something else")]


@pytest.mark.parametrize("text", ["a: !!python/object:os.system {}", "a: !mine [1]", "a: !mine 3"])
def test_tags_are_refused(text: str) -> None:
    ((path, message),) = problems_of(text)

    assert path == "a"
    assert "means nothing here" in message


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        (b"a: [", 1, 5, "is not YAML: while parsing a flow node"),
        (b"a:\n\tb: 1", 2, 1, "found character '\\t'"),
        (b"a: b: c", 1, 5, "mapping values are not allowed here"),
        (b"a: 1\n---\nb: 2", 2, 1, "another document"),
        (b"a: *b", 1, 4, "undefined alias"),
        (b"- a", 1, 1, "must be a mapping of keys to values, not a list"),
        (b"hello", 1, 1, "must be a mapping of keys to values, not the single value hello"),
        (b"a: &a {b: *a}", 1, 11, "contains itself through an alias"),
        (b"a: \x00", None, None, "is not YAML"),
        (b"\xff\xfe", None, None, "is not UTF-8 text: byte 0 is 0xff"),
        (b"[" * 5000, None, None, "is nested too deeply"),
    ],
)
def test_what_cannot_be_read_says_where_and_why(text: bytes, line: int | None, column: int | None, what: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_yaml(text, "a.yaml")

    problem = caught.value.problem
    assert (problem.source, problem.line) == ("a.yaml", line)
    assert column is None or problem.column is not None
    assert what in problem.message


def test_tabs_get_their_cure() -> None:
    with pytest.raises(UnreadableError, match="indent with spaces"):
        read_yaml("a:\n\tb: 1", "a.yaml")


def test_aliases_that_multiply_are_stopped() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    for name, before in ("ba", "cb", "dc", "ed", "fe", "gf", "hg"):
        bomb += f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"

    with pytest.raises(UnreadableError, match="more than 20000 values"):
        read_yaml(bomb, "a.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("true", True),
        ("", None),
        ("hello", "hello"),
        ("[80, 443]", [80, 443]),
        ("{a: b}", {"a": "b"}),
        ("a: b", "a: b"),
        ("[", "["),
        ("#x", "#x"),
        ("a #1", "a #1"),
        ("000000000000", "000000000000"),
        ('"17"', "17"),
    ],
)
def test_a_single_value_is_read_as_yaml_or_else_as_text(text: str, value: object) -> None:
    assert read_scalar(text) == value


def test_paths_are_written_with_dots() -> None:
    assert dotted(("a", "b", 0)) == "a.b.0"


def test_documents_do_not_share_their_values() -> None:
    first, second = Document(), Document()
    first.values["a"] = 1

    assert second.values == {}
