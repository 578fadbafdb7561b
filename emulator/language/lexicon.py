"""English words that carry a feeling, and words that turn or strengthen what follows them.

Chosen for this project; strengths from 1 (weak) to 4 (strong). It is no replacement for Comprehend's models, and
makes no claim about how often it is right.
"""

from __future__ import annotations


def _words(strength: float, text: str) -> dict[str, float]:
    return dict.fromkeys(text.split(), strength)


POSITIVE = {
    **_words(1.0, "ok okay fine easy calm clean fair useful helpful works support agree welcome hope ready smooth"),
    **_words(2.0, "good nice happy glad like likes liked enjoy enjoyed pleasant thanks thank fun friendly fresh kind "
                  "peace proud safe win won winner success successful improve improved benefit recommend smile strong"),
    **_words(3.0, "great love loves loved lovely wonderful beautiful best delight delighted delicious brilliant joy "
                  "impressive favorite favourite celebrate grateful perfectly superb terrific"),
    **_words(4.0, "amazing awesome excellent fantastic outstanding perfect magnificent marvellous marvelous"),
}  # fmt: skip

NEGATIVE = {
    **_words(1.0, "slow late unclear noisy expensive boring odd miss missing limited difficult risk doubt tired cold"),
    **_words(2.0, "bad sad poor wrong angry annoying annoyed dirty weak lost lose fear afraid problem problems error "
                  "errors fail fails failed failure broken dislike disliked hurt ugly unhappy sorry crash crashed scam "
                  "sick crime threat threatened victim victims worry worried"),
    **_words(3.0, "hate hates hated worse worst useless disappointed disappointing disappointment nasty stupid "
                  "disgusting attack attacked war death dead died killed kill murder disaster crisis violence fraud"),
    **_words(4.0, "awful horrible terrible dreadful catastrophic unbearable atrocious horrific"),
}  # fmt: skip

NEGATIONS = frozenset(
    _words(
        1.0, "not no never none nothing neither nor cannot can't don't doesn't didn't isn't wasn't aren't won't without"
    )
)
STRONGER = frozenset(_words(1.0, "very really extremely absolutely totally so completely incredibly utterly truly"))
WEAKER = frozenset(_words(1.0, "slightly somewhat rather fairly little barely hardly"))
