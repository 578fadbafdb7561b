"""Checked text: a form that a value must have, said in words that help whoever wrote something else.

It knows how to check a form and how to tell it to people and to JSON schemas, and no form of AWS itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

FORM_KEYWORD = "x-form"
"""Keyword of JSON schemas that says what a text is; editors pass over it."""


@dataclass(frozen=True)
class Form:
    """The form of a text, for use as `Annotated[str, Form(…)]`.

    :param what: what the text is, for example "the id of a machine image".
    :param pattern: regular expression that the whole text matches, without anchors; in the words that JavaScript knows,
        too, as editors read it.
    :param example: a text that has the form.
    :param longest: greatest number of characters; `None` where the pattern says it.
    :param check: what no pattern can tell; raises :class:`ValueError` with what is wrong and how to mend it.
    """

    what: str
    pattern: str
    example: str
    longest: int | None = None
    check: Callable[[str], None] | None = None

    def __post_init__(self) -> None:
        self.accept(self.example)

    def accept(self, text: str) -> str:
        """Return the text.

        :raises ValueError: if it has another form.
        """
        if self.longest is not None and len(text) > self.longest:
            raise ValueError(f"{self.what} has at most {self.longest} characters, and this has {len(text)}; shorten it")
        if not re.fullmatch(self.pattern, text, re.ASCII):
            raise PydanticCustomError(
                "form", "must be {what}, like {example}", {"what": self.what, "example": self.example}
            )
        if self.check is not None:
            self.check(text)
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.accept, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        longest = {} if self.longest is None else {"maxLength": self.longest}
        pattern = {"pattern": f"^({self.pattern})$", FORM_KEYWORD: self.what, "examples": [self.example]}
        return handler(schema) | pattern | longest
