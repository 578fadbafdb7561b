"""The table of modes in docs/services/semantic-text-service.md, made by the service itself.

    python -m tests.unit.lambda_src.semantic_text_service.documentation

writes it anew.
"""

import re
from pathlib import Path

from contract.modes import RULES, Mode
from lambda_src.semantic_text_service.embedded import EmbeddedEngine
from lambda_src.semantic_text_service.logic import Selection, transform, transform_rated
from lambda_src.semantic_text_service.masking import EMPTY
from lambda_src.semantic_text_service.rating import rate_texts

PAGE = Path(__file__).parents[4] / "docs" / "services" / "semantic-text-service.md"
MARKED = re.compile(r"(<!-- modes -->\n).*?(<!-- end of modes -->)", re.DOTALL)
TEXTS = (
    "Best day, love it!", "Sorry.", "It stops here.", "She was alone.", "They lost it.", "Awful.", "Open at ten.",
    "No problem, a bit annoying.",
)  # fmt: skip


def table() -> str:
    """Return a line for each mode, with what it makes of the same texts."""
    engine = EmbeddedEngine()
    ratings = rate_texts(engine, TEXTS)
    lines = ["| mode | " + " | ".join(TEXTS) + " |", "|---|" + "---|" * len(TEXTS)]
    for mode in Mode:
        if mode in RULES:
            made = transform_rated(mode, TEXTS, ratings, Selection.of(mode, None)).texts
        else:
            made = transform(mode, TEXTS)
        cells = [f"`{mode}`", *(shown(new, old) for new, old in zip(made, TEXTS, strict=True))]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def shown(new: str, old: str) -> str:
    """Return how a text is shown: an unchanged one as a quotation mark, and empty space as dots."""
    return "″" if new == old else f"`{new.replace(EMPTY, '·')}`"


if __name__ == "__main__":
    PAGE.write_text(MARKED.sub(rf"\g<1>{table().replace(chr(92), chr(92) * 2)}\g<2>", PAGE.read_text()))
