import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.quotas import Quota, Quotas

QUOTA = st.builds(Quota, st.integers(1, 100_000), st.integers(1, 100_000))
NAMESPACE = st.from_regex(r"[a-z0-9-]{1,63}", fullmatch=True)
QUOTAS = st.builds(Quotas, st.dictionaries(NAMESPACE, QUOTA, max_size=5), st.none() | QUOTA)


@given(QUOTAS)
def test_what_is_written_is_read(quotas):
    assert Quotas.from_text(quotas.to_text()) == quotas


def test_the_proxys_pages_have_a_quota_only_if_they_are_named():
    quotas = Quotas.from_text("*=1/2,shop=3/4")

    assert quotas.of("shop") == Quota(3, 4)
    assert quotas.of("other") == Quota(1, 2)
    assert quotas.of("pages") is None
    assert Quotas.from_text("pages=5/6").of("pages") == Quota(5, 6)
    assert Quotas.from_text("").of("other") is None


def test_a_megabyte_is_that_of_the_other_bounds():
    assert Quota(10, 1).size == 10 * 1024 * 1024


@pytest.mark.parametrize(
    "text", ["shop", "shop=1", "shop=0/1", "shop=1/0", "Shop=1/1", "a=1/1,a=2/2", "a=1/1,", "a=-1/1"]
)
def test_what_is_no_quota_is_refused(text):
    with pytest.raises(ValueError, match="no quota"):
        Quotas.from_text(text)
