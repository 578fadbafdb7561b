"""An engine that says of a text what stands in it."""

import re
from collections.abc import Sequence

from contract.modes import Engine
from lambda_src.semantic_text_service.rating import Failure, Rating, Scores

_SHARE = re.compile(r"(positive|negative|mixed) (1|\.\d+)")


class FakeEngine:
    """Rates `negative .3` as 0.3 negative and the rest neutral; fails for a text with `fails` in it.

    :ivar asked: texts of each call.
    """

    name = Engine.COMPREHEND

    def __init__(self, most_bytes: int = 5000) -> None:
        self.most_bytes = most_bytes
        self.asked: list[list[str]] = []

    def rate(self, texts: Sequence[str]) -> list[Rating]:
        self.asked.append(list(texts))
        return [self._rate(text) for text in texts]

    @staticmethod
    def _rate(text: str) -> Rating:
        if "fails" in text:
            return Failure("ThrottlingException", "Comprehend answered ThrottlingException")
        shares = {name: float(value) for name, value in _SHARE.findall(text)}
        return Scores(**{"neutral": 1 - sum(shares.values()), **shares})
