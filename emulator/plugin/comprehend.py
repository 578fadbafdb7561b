"""Amazon Comprehend: sentiment and language of texts, by a word list and simple rules instead of its models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.language.guess import languages
from emulator.language.sentiment import feeling
from emulator.plugin.services import Json, Service, ServiceError, register

MOST_BYTES = 5000
MOST_BYTES_OF_LANGUAGE = 100_000
MOST_DOCUMENTS = 25
LANGUAGES = ("en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "zh-TW")


def _required(request: Json, name: str) -> Any:
    """Return a member of a request that has to be there and may not be empty; nor may a text in a list be.

    Source: the constraints of botocore's description of the service.
    """
    value = request.get(name)
    if not value or (isinstance(value, list) and not all(value)):
        raise ServiceError(
            "ValidationException",
            f"1 validation error detected: Value at {name[:1].lower() + name[1:]!r} failed to satisfy constraint: "
            "Member must not be null and must have length greater than or equal to 1",
        )
    return value


def _too_large(text: str, most: int) -> str | None:
    size = len(text.encode())
    if size <= most:
        return None
    return (
        f"Input text size exceeds limit. Max length of request text allowed is {most} bytes while in this request the "
        f"text size is {size} bytes"
    )


def _checked(text: str, most: int) -> str:
    if problem := _too_large(text, most):
        raise ServiceError("TextSizeLimitExceededException", problem)
    return text


def _check_language(request: Json) -> None:
    if _required(request, "LanguageCode") not in LANGUAGES:
        raise ServiceError(
            "UnsupportedLanguageException",
            f"Input language {request['LanguageCode']!r} is not supported; supported are {', '.join(LANGUAGES)}",
        )


def _sentiment(text: str) -> Json:
    found = feeling(text)
    scores = {"Positive": found.positive, "Negative": found.negative, "Neutral": found.neutral, "Mixed": found.mixed}
    return {"Sentiment": found.name, "SentimentScore": scores}


def _languages(text: str) -> Json:
    return {"Languages": [{"LanguageCode": code, "Score": score} for code, score in languages(text)]}


def _batch(request: Json, look: Callable[[str], Json]) -> Json:
    """Look at each text; one that is too large is an error of its own, and does not fail the others."""
    texts: list[str] = _required(request, "TextList")
    if len(texts) > MOST_DOCUMENTS:
        raise ServiceError(
            "BatchSizeLimitExceededException",
            f"The number of documents in the batch is {len(texts)}, at most {MOST_DOCUMENTS} are allowed",
        )
    problems = {index: _too_large(text, MOST_BYTES) for index, text in enumerate(texts)}
    return {
        "ResultList": [{"Index": index, **look(text)} for index, text in enumerate(texts) if not problems[index]],
        "ErrorList": [
            {"Index": index, "ErrorCode": "TEXT_SIZE_LIMIT_EXCEEDED", "ErrorMessage": problem}
            for index, problem in problems.items()
            if problem
        ],
    }


def _detect_sentiment(request: Json) -> Json:
    _check_language(request)
    return _sentiment(_checked(_required(request, "Text"), MOST_BYTES))


def _batch_detect_sentiment(request: Json) -> Json:
    _check_language(request)
    return _batch(request, _sentiment)


SERVICE = Service(
    "comprehend",
    "Amazon Comprehend",
    {
        "DetectSentiment": _detect_sentiment,
        "BatchDetectSentiment": _batch_detect_sentiment,
        "DetectDominantLanguage": lambda request: _languages(
            _checked(_required(request, "Text"), MOST_BYTES_OF_LANGUAGE)
        ),
        "BatchDetectDominantLanguage": lambda request: _batch(request, _languages),
    },
)


def install() -> None:
    """Add the service."""
    register(SERVICE)
