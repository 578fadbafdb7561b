"""Answer what the models say about a path: its keys, its type and limits in words, its description and default.

Reads pydantic's JSON schema of the models, so error messages, the editor's schema and the documentation all say the
same. It knows no values and no sources.
"""

from __future__ import annotations

import functools
from typing import Any

from pydantic import BaseModel

from config.models.forms import FORM_KEYWORD
from config.positions import Path

type Schema = dict[str, Any]


@functools.cache
def reference_of(model: type[BaseModel]) -> Reference:
    """Return a model's reference; it takes a while to make, and never changes."""
    return Reference(model)


ANY_KEY = "*"
"""Stands in a path for a key that is free, such as the name of a region."""

_NUMBER_LIMITS = (
    ("minimum", "from {}"),
    ("exclusiveMinimum", "above {}"),
    ("maximum", "to {}"),
    ("exclusiveMaximum", "below {}"),
)


class Reference:
    """The models' own account of themselves.

    :param model: the root model.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        self.schema: Schema = model.model_json_schema()

    def resolve(self, schema: Schema) -> Schema:
        """Return a schema with its reference to a model followed; keywords beside the reference win."""
        reference = schema.get("$ref")
        if reference is None:
            return schema
        target: Schema = self.schema["$defs"][str(reference).rpartition("/")[2]]
        return target | {key: value for key, value in schema.items() if key != "$ref"}

    def at(self, path: Path) -> Schema | None:
        """Return the schema of a path, or `None` where nothing may stand there."""
        schema: Schema | None = self.schema
        for step in path:
            schema = self._step(schema, step) if schema is not None else None
        return self.resolve(schema) if schema is not None else None

    def fields(self, path: Path) -> dict[str, Schema]:
        """Return the schemas of what may stand directly below a path, by name, in the models' order."""
        schema = self.at(path)
        members = self._members(schema) if schema else []
        return {key: field for member in members for key, field in member.get("properties", {}).items()}

    def keys(self, path: Path) -> list[str]:
        """Return the names that may stand directly below a path, sorted."""
        return sorted(self.fields(path))

    def items(self, path: Path) -> Path | None:
        """Return the path of any item of the list, or of any free key of the mapping, that stands at a path."""
        for member in self._members(self.at(path) or {}):
            if "items" in member:
                return (*path, 0)
            if _values_of(member) is not None:
                return (*path, ANY_KEY)
        return None

    def key_choices(self, path: Path) -> list[str]:
        """Return the keys that a mapping without fixed keys may have where they are few and named."""
        members = self._members(self.at(path) or {})
        return [str(key) for member in members for key in self._key_schema(member).get("enum", ())]

    def key_constraint(self, path: Path) -> str | None:
        """Return what the keys of a mapping without fixed keys are, in words."""
        schemas = [self._key_schema(member) for member in self._members(self.at(path) or {})]
        return next((self.in_words(schema) for schema in schemas if schema), None)

    def places(self, key: str, path: Path = ()) -> list[Path]:
        """Return the parts, at `path` or below it, in which a key may stand."""
        keys = self.keys(path)
        below = [place for inner in keys for place in self.places(key, (*path, inner))]
        return [path, *below] if key in keys else below

    def choices(self, path: Path) -> list[str]:
        """Return the values that a path may have where they are few and named."""
        schema = self.at(path)
        return [str(choice) for member in self._members(schema or {}) for choice in member.get("enum", ())]

    def constraint(self, path: Path) -> str | None:
        """Return the type and limits of a path in words."""
        schema = self.at(path)
        return self.in_words(schema) if schema else None

    def description(self, path: Path) -> str | None:
        """Return what a path is for, in one line."""
        schema = self.at(path) or {}
        return " ".join(str(schema["description"]).split()) if "description" in schema else None

    def in_words(self, schema: Schema) -> str:
        """Return a schema's type and limits in words, for example `whole number from 1 to 10`."""
        return " or ".join(dict.fromkeys(self._member_in_words(member) for member in self._members(schema)))

    def is_required(self, path: Path) -> bool:
        """Return whether a path has no default."""
        members = self._members(self.at(path[:-1]) or {})
        return any(path[-1:] and path[-1] in member.get("required", ()) for member in members)

    def is_mapping(self, schema: Schema) -> bool:
        """Return whether a schema is that of a model, with keys of its own."""
        return "properties" in self.resolve(schema)

    def _key_schema(self, schema: Schema) -> Schema:
        """Return the schema of the keys of a mapping without fixed keys."""
        return self.resolve({"type": "string", **schema["propertyNames"]}) if "propertyNames" in schema else {}

    def _step(self, schema: Schema, step: str | int) -> Schema | None:
        for member in self._members(schema):
            if isinstance(step, int) and "items" in member:
                return dict(member["items"])
            if step in member.get("properties", {}):
                return dict(member["properties"][step])
            values = _values_of(member)
            if values is not None:
                return values
        return None

    def _members(self, schema: Schema) -> list[Schema]:
        """Return the alternatives of a schema, itself if it has none."""
        resolved = self.resolve(schema)
        union = resolved.get("anyOf") or resolved.get("oneOf")
        return [leaf for member in union for leaf in self._members(member)] if union else [resolved]

    def _member_in_words(self, schema: Schema) -> str:
        if "const" in schema:
            return str(schema["const"])
        if "enum" in schema:
            return ", ".join(map(str, schema["enum"]))
        match schema.get("type"):
            case "null":
                return "null"
            case "boolean":
                return "true or false"
            case "integer":
                return " ".join(["whole number", *_limits(schema)])
            case "number":
                return " ".join(["number", *_limits(schema)])
            case "string":
                return _text_in_words(schema)
            case "array":
                return self._list_in_words(schema)
            case _:
                return self._mapping_in_words(schema)

    def _mapping_in_words(self, schema: Schema) -> str:
        values = _values_of(schema)
        keys = self._key_schema(schema)
        named = f" from {self.in_words(keys)}" if keys else ""
        return f"mapping{named} to {self.in_words(values)}" if values else "mapping"

    def _list_in_words(self, schema: Schema) -> str:
        least, most = schema.get("minItems"), schema.get("maxItems")
        size = _range(least, most, "items")
        return f"list{size} of: {self.in_words(schema['items'])}" if "items" in schema else f"list{size}"


def _values_of(schema: Schema) -> Schema | None:
    """Return the schema of the values of a mapping without fixed keys."""
    values = next(iter(schema.get("patternProperties", {}).values()), schema.get("additionalProperties"))
    return dict(values) if isinstance(values, dict) else None


def _limits(schema: Schema) -> list[str]:
    return [words.format(f"{schema[key]:_}".replace("_", ",")) for key, words in _NUMBER_LIMITS if key in schema]


def _text_in_words(schema: Schema) -> str:
    if schema.get("format") == "date":
        return "date like 2026-11-21"
    if schema.get("format") == "date-time":
        return "time like 2026-11-21T10:00:00Z"
    if FORM_KEYWORD in schema:
        return f"{schema[FORM_KEYWORD]} ({schema['examples'][0]})"
    size = _range(schema.get("minLength"), schema.get("maxLength"), "characters")
    pattern = f" that matches `{schema['pattern']}`" if "pattern" in schema else ""
    return f"text{size}{pattern}"


def _range(least: int | None, most: int | None, unit: str) -> str:
    match least, most:
        case None, None:
            return ""
        case _, None:
            return f" of at least {least} {unit}"
        case None, _:
            return f" of at most {most} {unit}"
        case _:
            return f" of {least} to {most} {unit}"
