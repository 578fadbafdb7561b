"""The engine of Amazon Comprehend: languages, then sentiments, in batches, a few at a time.

Limits: https://docs.aws.amazon.com/comprehend/latest/dg/guidelines-and-limits.html. An error of AWS is the failure of
the texts that were in the call, and of no others. botocore is imported when a client is made, and not before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from contract.modes import Engine
from lambda_src.semantic_text_service.rating import Failure, Rating, Scores, batches
from lambda_src.shared.tracing import Tracer, trace_client

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

MOST_BYTES = 5000
MOST_TEXTS = 25
"""Of one call."""

LANGUAGES = ("en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "zh-TW")
"""In which Comprehend tells sentiments. A test compares with botocore's description of the service."""

SHORTEST_TO_TELL = 20
"""Characters that Comprehend's guidelines ask for to tell a language. A shorter text is taken to be in the one that
most of the others are in, and asks nothing and costs nothing for it."""

LANGUAGE_WITHOUT_A_HINT = "en"

CALLS_AT_ONCE = 4
"""One page is not to use up what an account may ask in a second, which all its functions share."""

TRIES = 5
CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 5.0

type _Json = Mapping[str, object]


class ComprehendClient(Protocol):
    """What is asked of boto3's client."""

    def batch_detect_dominant_language(self, *, TextList: Sequence[str]) -> _Json: ...  # noqa: N803 - AWS's name

    def batch_detect_sentiment(self, *, TextList: Sequence[str], LanguageCode: str) -> _Json: ...  # noqa: N803


def comprehend_client(tracer: Tracer | None = None) -> ComprehendClient:
    """Return a client with the function's own credentials; it tries again, and waits longer and at random each time.

    :param tracer: told of its calls.
    """
    from botocore.config import Config
    from botocore.session import get_session

    settings = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        max_pool_connections=CALLS_AT_ONCE,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
    )
    client = get_session().create_client("comprehend", config=settings)
    trace_client(client, tracer or Tracer())
    return cast(ComprehendClient, client)


class ComprehendEngine:
    """Rates texts by Amazon Comprehend.

    :param connect: makes the client, at the first text.
    """

    name = Engine.COMPREHEND
    most_bytes = MOST_BYTES

    def __init__(self, connect: Callable[[], ComprehendClient] = comprehend_client) -> None:
        self._connect = connect
        self._client: ComprehendClient | None = None

    def rate(self, texts: Sequence[str]) -> list[Rating]:
        """Rate texts; see :class:`.rating.SentimentEngine`."""
        from botocore.exceptions import BotoCoreError

        if not texts:
            return []
        try:
            # Before there are threads: making two clients at a time is not safe.
            self._client = self._client or self._connect()
        except BotoCoreError as error:
            return [_failure(error)] * len(texts)
        with ThreadPoolExecutor(CALLS_AT_ONCE) as workers:
            found = _Conversation(self._client, workers).ratings(texts)
        return [found[text] for text in texts]


@dataclass(frozen=True)
class _Conversation:
    """The calls for some texts.

    :param workers: as many as there may be calls at a time.
    """

    client: ComprehendClient
    workers: Executor

    def ratings(self, texts: Sequence[str]) -> dict[str, Rating]:
        """Return the rating of each text; those of one language are asked for together."""
        found: dict[str, Rating] = {}
        together: dict[str, list[str]] = {}
        for text, language in self._languages(texts).items():
            if isinstance(language, Failure):
                found[text] = language
            elif language not in LANGUAGES:
                allowed = ", ".join(LANGUAGES)
                message = f"the text is in language {language!r}; Comprehend tells sentiments in {allowed}"
                found[text] = Failure("unsupported-language", message)
            else:
                together.setdefault(language, []).append(text)
        calls = [(batch, language) for language, each in together.items() for batch in batches(each, MOST_TEXTS)]
        for told in self.workers.map(lambda call: self._ask_sentiments(*call), calls):
            found |= told
        return found

    def _languages(self, texts: Sequence[str]) -> dict[str, str | Failure]:
        """Return the language of each text."""
        long = [text for text in texts if len(text) >= SHORTEST_TO_TELL]
        found: dict[str, str | Failure] = {}
        for told in self.workers.map(self._ask_languages, batches(long, MOST_TEXTS)):
            found |= told
        told_languages = Counter(language for language in found.values() if language in LANGUAGES)
        usual = max(told_languages, key=lambda each: told_languages[each], default=LANGUAGE_WITHOUT_A_HINT)
        return {text: found.get(text, usual) for text in texts}

    def _ask_languages(self, texts: Sequence[str]) -> dict[str, str | Failure]:
        return _ask(texts, lambda: self.client.batch_detect_dominant_language(TextList=texts), _language)

    def _ask_sentiments(self, texts: Sequence[str], language: str) -> dict[str, Rating]:
        return _ask(texts, lambda: self.client.batch_detect_sentiment(TextList=texts, LanguageCode=language), _scores)


def _ask[Told](
    texts: Sequence[str], call: Callable[[], _Json], read: Callable[[_Json], Told]
) -> dict[str, Told | Failure]:
    """Return what one call tells of each of its texts."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = call()
    except (ClientError, BotoCoreError) as error:
        return dict.fromkeys(texts, _failure(error))
    missing = Failure("no-answer", "Comprehend did not answer for this text")
    told: dict[str, Told | Failure] = dict.fromkeys(texts, missing)
    for result in cast(Sequence[_Json], answer["ResultList"]):
        told[texts[cast(int, result["Index"])]] = read(result)
    for problem in cast(Sequence[_Json], answer["ErrorList"]):
        code, message = str(problem.get("ErrorCode", "")), str(problem.get("ErrorMessage", ""))
        told[texts[cast(int, problem["Index"])]] = Failure(code, f"Comprehend could not read this text: {message}")
    return told


def _language(result: _Json) -> str:
    """Return the likeliest language, by its code of RFC 5646; an empty one where none is told."""
    languages = cast(Sequence[_Json], result["Languages"])
    likeliest = max(languages, key=lambda each: cast(float, each["Score"]), default={})
    return str(likeliest.get("LanguageCode", ""))


def _scores(result: _Json) -> Scores:
    found = cast(Mapping[str, float], result["SentimentScore"])
    return Scores(
        positive=found["Positive"], negative=found["Negative"], neutral=found["Neutral"], mixed=found["Mixed"]
    )


def _failure(error: ClientError | BotoCoreError) -> Failure:
    """Tell an error of a whole call; AWS's own message may quote a text."""
    from botocore.exceptions import ClientError

    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code", "unknown"))
        return Failure(code, f"Comprehend answered {code}, after up to {TRIES} tries")
    reason = type(error).__name__
    return Failure("unreachable", f"Comprehend cannot be reached ({reason})")
