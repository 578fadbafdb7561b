"""The engine of Amazon Comprehend: languages, then sentiments, in batches, a few at a time.

Limits: https://docs.aws.amazon.com/comprehend/latest/dg/guidelines-and-limits.html. An error of AWS is the failure of
the texts that were in the call, and of no others; so is one that has not answered when the time is up. botocore is
imported when a client is made, and not before.
"""

from __future__ import annotations

import concurrent.futures
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from contract.modes import Engine
from lambda_src.semantic_text_service.rating import Failure, Rating, Scores, batches
from lambda_src.semantic_text_service.settings import RATING_SECONDS
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

LANGUAGES_SHARE = 0.5
"""Of the time for all: a call for languages that hangs must leave the other texts time to be rated."""

LATE = Failure("timeout", "Comprehend did not answer in time")

type _Json = Mapping[str, object]
type Wait = Callable[[Iterable[Future[Any]], float], tuple[set[Future[Any]], set[Future[Any]]]]
"""Waits for calls until all are done or so many seconds are over, and returns those that are done and the others."""


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
    :param seconds: that all texts of a call have together; what is not rated by then has failed.
    :param wait: for calls.
    :param clock: seconds, monotonic.
    """

    name = Engine.COMPREHEND
    most_bytes = MOST_BYTES

    def __init__(
        self,
        connect: Callable[[], ComprehendClient] = comprehend_client,
        *,
        seconds: float = RATING_SECONDS,
        wait: Wait = concurrent.futures.wait,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._seconds = seconds
        self._wait = wait
        self._clock = clock
        self._client: ComprehendClient | None = None

    def rate(self, texts: Sequence[str]) -> list[Rating]:
        """Rate texts; see :class:`.rating.SentimentEngine`."""
        from botocore.exceptions import BotoCoreError

        if not texts:
            return []
        ends = self._clock() + self._seconds
        try:
            # Before there are threads: making two clients at a time is not safe.
            self._client = self._client or self._connect()
        except BotoCoreError as error:
            return [_failure(error)] * len(texts)
        found = self._ratings(_Calls(self._client), texts, ends)
        return [found[text] for text in texts]

    def _ratings(self, calls: _Calls, texts: Sequence[str], ends: float) -> dict[str, Rating]:
        """Return the rating of each text; those of one language are asked for together."""
        found: dict[str, Rating] = {}
        together: dict[str, list[str]] = {}
        for text, language in self._languages(calls, texts).items():
            if isinstance(language, Failure):
                found[text] = language
            elif language not in LANGUAGES:
                allowed = ", ".join(LANGUAGES)
                message = f"the text is in language {language!r}; Comprehend tells sentiments in {allowed}"
                found[text] = Failure("unsupported-language", message)
            else:
                together.setdefault(language, []).append(text)
        asked = [(batch, language) for language, each in together.items() for batch in batches(each, MOST_TEXTS)]
        return found | self._told(calls.sentiments, asked, max(0.0, ends - self._clock()))

    def _languages(self, calls: _Calls, texts: Sequence[str]) -> dict[str, str | Failure]:
        """Return the language of each text."""
        long = [text for text in texts if len(text) >= SHORTEST_TO_TELL]
        asked = [(batch,) for batch in batches(long, MOST_TEXTS)]
        found = self._told(calls.languages, asked, self._seconds * LANGUAGES_SHARE)
        told_languages = Counter(language for language in found.values() if language in LANGUAGES)
        usual = max(told_languages, key=lambda each: told_languages[each], default=LANGUAGE_WITHOUT_A_HINT)
        return {text: found.get(text, usual) for text in texts}

    def _told[Told, *Rest](
        self,
        ask: Callable[[Sequence[str], *Rest], dict[str, Told | Failure]],
        asked: Sequence[tuple[Sequence[str], *Rest]],
        seconds: float,
    ) -> dict[str, Told | Failure]:
        """Return what calls tell of their texts, those that are late given up on.

        :param asked: of each call, its texts and what else it takes.
        """
        workers = ThreadPoolExecutor(CALLS_AT_ONCE)
        try:
            running = {workers.submit(ask, *each): each[0] for each in asked}
            done, _ = self._wait(running, seconds)
        finally:
            # Not to wait for what is late: nothing can end a call, and the client gives up on it some time.
            workers.shutdown(wait=False, cancel_futures=True)
        found: dict[str, Told | Failure] = {}
        for call, texts in running.items():
            found |= call.result() if call in done else dict.fromkeys(texts, LATE)
        return found


@dataclass(frozen=True)
class _Calls:
    """What Comprehend is asked, some texts at a time."""

    client: ComprehendClient

    def languages(self, texts: Sequence[str]) -> dict[str, str | Failure]:
        return _ask(texts, lambda: self.client.batch_detect_dominant_language(TextList=texts), _language)

    def sentiments(self, texts: Sequence[str], language: str) -> dict[str, Rating]:
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
