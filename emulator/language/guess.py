"""Which language a text is in: by its script and, for those in Latin letters, by their most frequent small words."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS = (
    ("ja", "\u3040", "\u30ff"),
    ("ko", "\uac00", "\ud7af"),
    ("zh", "\u4e00", "\u9fff"),
    ("ar", "\u0600", "\u06ff"),
    ("hi", "\u0900", "\u097f"),
    ("ru", "\u0400", "\u04ff"),
    ("el", "\u0370", "\u03ff"),
    ("he", "\u0590", "\u05ff"),
    ("th", "\u0e00", "\u0e7f"),
)
"""Language, first and last letter; Japanese stands before Chinese, since it uses the same signs beside its own."""

_SMALL_WORDS = {
    "en": "the and of to in is that it for was with as on are this be have not you at from they his her but we",
    "de": "der die das und ist nicht ein eine zu den mit von auf für sich dem des im auch es wir ich wird sind",
    "fr": "le la les et des est une dans que qui pour pas sur au avec ce il elle nous vous sont du cette",
    "es": "el los las y es una que en por con para no se su al lo como más pero muy está son del",
    "it": "il lo gli e è una che di non per con sono del della nel anche come più ma questo alla",
    "pt": "o os as e é uma que não em para com do da no na por mais como mas dos das ao está",
    "nl": "de het een en is van niet op te dat die voor met zijn aan er ook als bij naar maar",
}
_LANGUAGES_OF = {
    word: {language for language, words in _SMALL_WORDS.items() if word in words.split()}
    for words in _SMALL_WORDS.values()
    for word in words.split()
}
_CERTAIN = 0.99
_UNSURE = 0.3


def languages(text: str) -> list[tuple[str, float]]:
    """Return the languages of a text and how likely each is, the likeliest first; never none."""
    if script := _by_script(text):
        return [(script, _CERTAIN)]
    votes: dict[str, float] = {}
    for word in _WORD.findall(text.lower()):
        found = _LANGUAGES_OF.get(word, set())
        for language in found:
            votes[language] = votes.get(language, 0.0) + 1 / len(found)
    total = sum(votes.values())
    if not total:
        return [("en", _UNSURE)]
    likeliest = sorted(votes, key=lambda language: -votes[language])[:3]
    return [(language, _CERTAIN * votes[language] / total) for language in likeliest]


def _by_script(text: str) -> str | None:
    letters = [letter for letter in text if letter.isalpha()]
    for language, first, last in _SCRIPTS:
        share = sum(first <= letter <= last for letter in letters)
        # A few signs of its own are enough to tell Japanese, which is written mostly in Chinese ones.
        if share > len(letters) * (0.1 if language == "ja" else 0.5):
            return language
    return None
