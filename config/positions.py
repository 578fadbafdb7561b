"""Read a YAML file into plain values, and remember where each of them stands.

Refuses what YAML would accept in silence and people do not mean: keys that stand twice, keys that are no text, numbers
that YAML 1.1 reads as octal or in base 60. It knows nothing of what the values mean.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field

import yaml

from config.problems import Problem

type Value = bool | int | float | str | datetime.date | list[Value] | dict[str, Value] | None
type Path = tuple[str | int, ...]

_MAXIMUM_VALUES = 20_000
"""Far above any real file; stops a file whose aliases multiply to billions of values."""

_LONGEST_NUMBER = 100
"""Characters; Python writes down no number of some thousands of digits, not even in an error."""

_DECEPTIVE_NUMBER = re.compile(r"[-+]?0[0-9_]+|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")
_SECRET = re.compile(r"(^|_)(password|passphrase|secret|token|credentials?|private_key|api_key)(_|$)", re.IGNORECASE)
_NAMES_A_SECRET = re.compile(r"_(arn|id|name)$", re.IGNORECASE)
"""How keys end that say which secret, and hold none."""
_MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True)
class Source:
    """Where a value was written.

    :param name: file, or the name of an override.
    :param line: line of its key, from 1; `None` outside files.
    :param column: column of its key, from 1; `None` outside files.
    :param text: a single value exactly as it was written; `None` for mappings and lists.
    """

    name: str
    line: int | None = None
    column: int | None = None
    text: str | None = None


@dataclass
class Document:
    """Values of one source, or of several merged ones, with the place of each path."""

    values: dict[str, Value] = field(default_factory=dict)
    sources: dict[Path, Source] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    strengths: dict[str, int] = field(default_factory=dict)
    """Of several merged sources, by name: which of them wins over which."""


class UnreadableError(Exception):
    """A file that is no YAML mapping at all; nothing in it can be judged."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def dotted(path: Path) -> str:
    """Return a path as people write it, for example `fleet.instance_types.0`."""
    return ".".join(str(part) for part in path)


def may_be_secret(path: Path) -> bool:
    """Return whether a path sounds like a secret, whose value no message may show."""
    return any(_SECRET.search(str(step)) and not _NAMES_A_SECRET.search(str(step)) for step in path)


def read_yaml(text: bytes | str, name: str) -> Document:
    """Read a file's text.

    :param text: the whole file; bytes are UTF-8, with or without a byte order mark.
    :param name: the file as the reader of an error knows it.
    :raises UnreadableError: if the text is not UTF-8, not YAML, or not a mapping.
    """
    loader: yaml.SafeLoader | None = None
    try:
        loader = yaml.SafeLoader(text.decode("utf-8-sig") if isinstance(text, bytes) else text)
        return _Reader(loader, name).read()
    except UnicodeDecodeError as error:
        reason = f"is not UTF-8 text: byte {error.start} is 0x{error.object[error.start]:02x}"
        raise UnreadableError(Problem(reason, source=name, mend="save the file as UTF-8")) from error
    except yaml.MarkedYAMLError as error:
        raise UnreadableError(_syntax_problem(error, name)) from error
    except yaml.YAMLError as error:
        message = f"is not YAML: {str(error).splitlines()[0]}"
        raise UnreadableError(Problem(message, source=name, mend="save the file as plain text in UTF-8")) from error
    except RecursionError as error:
        message = "is nested too deeply to be read"
        raise UnreadableError(Problem(message, source=name, mend="take levels out")) from error
    finally:
        if loader is not None:
            loader.dispose()


def read_scalar(text: str) -> Value:
    """Read a value as YAML would, with the text itself where it is no YAML.

    :param text: for example `3`, `true`, `[a, b]` or `hello`.
    """
    if text.startswith("#") or " #" in text:
        return text
    try:
        return read_yaml(f"value: {text}", "").values["value"]
    except UnreadableError:
        return text


_CURES = (
    ("'\\t'", "indent with spaces; YAML forbids tabs there"),
    ("cannot start any token", "put text that begins with this sign in quotes"),
    ("mapping values are not allowed", "put text that holds a colon and a space in quotes, or mend the indentation"),
    ("could not find expected ':'", "write a colon and a space between key and value"),
    ("found undefined alias", "put text that begins with * in quotes, or define the anchor before"),
    ("quoted scalar", "close the quotes"),
    ("flow", "close each bracket and brace, with commas between items"),
    ("expected <block end>", "give lines of one level the same indentation"),
    ("single document", "keep one document, without a line ---"),
    ("could not determine a constructor", "take the tag out, or put text that begins with ! in quotes"),
)
"""How to mend what PyYAML complains of, by words of its message; the first that fits counts."""


def _syntax_problem(error: yaml.MarkedYAMLError, name: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    what = ", ".join(part for part in (error.context, error.problem) if part)
    cure = next((cure for words, cure in _CURES if words in what), "mend quotes, brackets and indentation around there")
    line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
    return Problem(f"is not YAML: {what}", source=name, line=line, column=column, mend=cure)


class _Reader:
    """Walks the node tree of one file, which still knows lines and columns."""

    def __init__(self, loader: yaml.SafeLoader, name: str) -> None:
        self._loader = loader
        self._name = name
        self._document = Document()
        self._open: set[int] = set()

    def read(self) -> Document:
        root = self._loader.get_single_node()
        if root is None or (isinstance(root, yaml.ScalarNode) and root.value == ""):
            return self._document
        if not isinstance(root, yaml.MappingNode):
            message = f"must be a mapping of keys to values, not {_kind(root)}"
            raise UnreadableError(self._problem(root, (), message, mend='write lines of the form "key: value"'))
        self._document.sources[()] = self._source(root)
        self._document.values = self._mapping(root, ())
        return self._document

    def _value(self, node: yaml.Node, path: Path) -> Value:
        if len(self._document.sources) > _MAXIMUM_VALUES:
            message = f"the file holds more than {_MAXIMUM_VALUES} values"
            raise UnreadableError(self._problem(node, path, message, mend="take out what nobody needs"))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if id(node) in self._open:
            raise UnreadableError(
                self._problem(node, path, "contains itself through an alias", mend="take the alias out")
            )
        self._open.add(id(node))
        value: Value = self._mapping(node, path) if isinstance(node, yaml.MappingNode) else self._list(node, path)
        self._open.remove(id(node))
        return value

    def _list(self, node: yaml.Node, path: Path) -> list[Value]:
        if node.tag != "tag:yaml.org,2002:seq":
            self._report(node, path, f"the tag {node.tag} means nothing here", "take the tag out")
        values: list[Value] = []
        for index, item in enumerate(node.value):
            self._document.sources[(*path, index)] = self._source(item)
            values.append(self._value(item, (*path, index)))
        return values

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Value]:
        self._refuse_duplicates(node, path)
        self._loader.flatten_mapping(node)
        if node.tag != "tag:yaml.org,2002:map":
            self._report(node, path, f"the tag {node.tag} means nothing here", "take the tag out")
        values: dict[str, Value] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            self._document.sources[(*path, key)] = self._source(key_node, value_node)
            values[key] = self._value(value_node, (*path, key))
        return values

    def _key(self, node: yaml.Node, path: Path) -> str:
        if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str":
            return str(node.value)
        written = node.value if isinstance(node, yaml.ScalarNode) else _kind(node)
        self._report(
            node,
            path,
            f"a key must be text, and YAML reads {written} as something else",
            f'write "{written}" in quotes',
        )
        return str(written)

    def _refuse_duplicates(self, node: yaml.MappingNode, path: Path) -> None:
        first: dict[str, int] = {}
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == _MERGE:
                continue
            key = key_node.value
            if key in first:
                message = f"the key stands twice, first in line {first[key]}"
                self._report(key_node, (*path, key), message, "keep one of the two")
            first.setdefault(key, key_node.start_mark.line + 1)

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Value:
        written = str(node.value)
        is_number = node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
        shown = "the value" if may_be_secret(path) else written
        if is_number and _DECEPTIVE_NUMBER.fullmatch(written):
            message = f"{shown} stands without quotes, so YAML reads it as another number: octal or in base 60"
            self._report(node, path, message, f'put it in quotes: "{shown}", or write a number without leading zeros')
            return written
        if is_number and len(written) > _LONGEST_NUMBER:
            message = f"a number of {len(written)} characters means nothing here"
            self._report(node, path, message, "write a smaller one, or put it in quotes if it is text")
            return written
        try:
            value = self._loader.construct_object(node)
        except yaml.constructor.ConstructorError:
            self._report(node, path, f"the tag {node.tag} means nothing here", "take the tag out")
            return written
        except (ValueError, LookupError, AttributeError):  # what PyYAML runs into where a tag does not fit its value
            message = f"YAML cannot read {shown} as the date or number that it looks like"
            self._report(node, path, message, f'mend it, or put it in quotes if it is text: "{shown}"')
            return written
        return written if isinstance(value, bytes) else value

    def _source(self, node: yaml.Node, value: yaml.Node | None = None) -> Source:
        scalar = value or node
        text = str(scalar.value) if isinstance(scalar, yaml.ScalarNode) else None
        return Source(self._name, node.start_mark.line + 1, node.start_mark.column + 1, text)

    def _report(self, node: yaml.Node, path: Path, message: str, mend: str) -> None:
        self._document.problems.append(self._problem(node, path, message, mend))

    def _problem(self, node: yaml.Node, path: Path, message: str, mend: str) -> Problem:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        value = None if may_be_secret(path) else str(node.value) if isinstance(node, yaml.ScalarNode) else _kind(node)
        return Problem(message, dotted(path), self._name, line, column, value=value, mend=mend)


def _kind(node: yaml.Node) -> str:
    match node:
        case yaml.MappingNode():
            return "a mapping"
        case yaml.SequenceNode():
            return "a list"
        case _:
            return f"the single value {node.value}"
