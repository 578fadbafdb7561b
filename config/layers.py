"""Lay the documents of several sources over one another, and keep for each path the place that won."""

from __future__ import annotations

from collections.abc import Sequence

from config.positions import Document, Path, Value


def merge(documents: Sequence[Document]) -> Document:
    """Return one document: mappings merge key by key, everything else is replaced as a whole.

    :param documents: later ones win; they are not used afterwards.
    """
    merged = Document()
    for strength, document in enumerate(documents):
        merged.strengths |= dict.fromkeys((source.name for source in document.sources.values()), strength)
        _merge_mapping(merged, document, merged.values, document.values, ())
        merged.problems += document.problems
        if () in document.sources:
            merged.sources[()] = document.sources[()]
    return merged


def _merge_mapping(
    merged: Document, document: Document, below: dict[str, Value], above: dict[str, Value], path: Path
) -> None:
    for key, value in above.items():
        here: Path = (*path, key)
        old = below.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            _merge_mapping(merged, document, old, value, here)
        else:
            _replace_sources(merged, document, here)
            below[key] = value
        merged.sources[here] = document.sources[here]


def _replace_sources(merged: Document, document: Document, path: Path) -> None:
    """Forget where the old value's parts stood, and take over where the new one's stand."""
    for old in [known for known in merged.sources if known[: len(path)] == path]:
        del merged.sources[old]
    merged.sources |= {new: source for new, source in document.sources.items() if new[: len(path)] == path}
