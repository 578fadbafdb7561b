"""What each mode does to texts. Pure but for the engine that it is given: same texts, same mode, same result.

Nothing is drawn by chance, not even in the modes called random: a page that is transformed twice, by two functions or
after the cache has lost it, has to look the same. Half of the texts are chosen by their hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from contract.modes import RULES, Mode
from lambda_src.semantic_text_service.criteria import Combine, Criterion, hold
from lambda_src.semantic_text_service.masking import hide, mask, mask_by_size
from lambda_src.semantic_text_service.rating import Failure, Rating
from lambda_src.shared.hashes import text_hashes

_HIDING = frozenset({Mode.HIDE_POSITIVE, Mode.HIDE_NEUTRAL, Mode.HIDE_MIXED})


@dataclass(frozen=True)
class Transformed:
    """Texts in a mode.

    :param texts: as many as were given, in the same order.
    :param failures: why a text could not be rated, by its index; it stands as it was.
    """

    texts: list[str]
    failures: Mapping[int, Failure] = field(default_factory=dict)


@dataclass(frozen=True)
class Selection:
    """Which texts a mode changes that asks an engine: those that meet the criteria."""

    criteria: tuple[Criterion, ...]
    combine: Combine = Combine.OR

    @classmethod
    def of(
        cls, mode: Mode, rating: float | None, also: Sequence[Criterion] = (), combine: Combine = Combine.OR
    ) -> Selection:
        """Return a mode's own selection, with another threshold if there is one, and with further criteria.

        :raises KeyError: if the mode asks no engine.
        """
        rule = RULES[mode]
        at_least = rule.at_least if rating is None else rating
        return cls((Criterion(sentiment=rule.sentiment, at_least=at_least), *also), combine)


def transform(mode: Mode, texts: Sequence[str]) -> list[str]:
    """Return the texts in a mode that asks no engine.

    :raises KeyError: if the mode asks one.
    """
    return _WITHOUT_ENGINE[mode](texts)


def transform_rated(mode: Mode, texts: Sequence[str], ratings: Sequence[Rating], selection: Selection) -> Transformed:
    """Return the texts in a mode that asks an engine.

    :param ratings: what it said of each text.
    """
    change = hide if mode in _HIDING else mask
    changed: list[str] = []
    failures: dict[int, Failure] = {}
    for index, (text, rating) in enumerate(zip(texts, ratings, strict=True)):
        if isinstance(rating, Failure):
            failures[index] = rating
            changed.append(text)
        else:
            changed.append(change(text) if hold(selection.criteria, selection.combine, rating) else text)
    return Transformed(changed, failures)


def _same(texts: Sequence[str]) -> list[str]:
    return list(texts)


def _nodes(texts: Sequence[str]) -> list[str]:
    return [_within(text, _node(text)) for text in texts]


def _hashes(texts: Sequence[str]) -> list[str]:
    return [_within(text, found) for text, found in zip(texts, text_hashes(texts), strict=True)]


def _half(mode: Mode, change: Callable[[Sequence[str]], list[str]]) -> Callable[[Sequence[str]], list[str]]:
    """Return a function that changes those texts that the mode has chosen."""

    def change_half(texts: Sequence[str]) -> list[str]:
        changed = change(texts)
        return [new if _is_chosen(mode, text) else text for text, new in zip(texts, changed, strict=True)]

    return change_half


def _is_chosen(mode: Mode, text: str) -> bool:
    digest = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=1, person=mode.value.encode()).digest()
    return digest[0] % 2 == 0


def _node(text: str) -> str:
    """Return the text as it stands in the page's dictionary, which the HTML service makes."""
    return json.dumps({"type": "TEXT", "data": text}, ensure_ascii=False)


def _within(text: str, replacement: str) -> str:
    """Return the replacement with the white space around the text, without which words would run together."""
    inside = text.strip()
    if not inside:
        return text
    start = text.index(inside)
    return f"{text[:start]}{replacement}{text[start + len(inside) :]}"


_WITHOUT_ENGINE: dict[Mode, Callable[[Sequence[str]], list[str]]] = {
    Mode.OFF: _same,
    Mode.ROUNDTRIP: _same,
    Mode.DICT: _nodes,
    Mode.XXX: lambda texts: [mask(text) for text in texts],
    Mode.XXX_RANDOM: _half(Mode.XXX_RANDOM, lambda texts: [mask(text) for text in texts]),
    Mode.HASHES: _hashes,
    Mode.HASHES_RANDOM: _half(Mode.HASHES_RANDOM, _hashes),
    Mode.ABCDE_BY_SIZE: lambda texts: [mask_by_size(text) for text in texts],
}
