"""Cron expressions as Image Builder takes them."""

import pytest

from config.models.cron import check_cron, last_year


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 3 ? * SUN *)",
        "cron(0 0 * * ? *)",
        "cron(0 0 */2 * ? *)",
        "cron(5,35 8-18 ? * mon-fri *)",
        "cron(0/15 * ? * 2 2026-2030)",
        "cron(0 12 L * ? *)",
        "cron(0 12 LW jan,jul ? *)",
        "cron(0 12 3W * ? *)",
        "cron(0 12 ? * fri#2 *)",
        "cron(0 12 ? * 6L *)",
        "cron(0 0 29 2 ? *)",
        "cron(0 0 29 feb ? 2028)",
        "cron(0 0 31 2-4 ? *)",
        "cron(0 0 28,30 2 ? *)",
        "cron(0 0 20/5 2 ? *)",
        "cron(0 0 31W 4,nov-jan ? *)",
    ],
)
def test_what_image_builder_takes(expression: str) -> None:
    check_cron(expression)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("cron(0 3 * * 0)", "has 5 fields where six are needed; write minute, hour, day of the month"),
        ("cron()", "has 0 fields"),
        ("cron(60 3 ? * SUN *)", "has '60' as its minute; write 0 to 59"),
        ("cron(0 24 ? * SUN *)", "has '24' as its hour; write 0 to 23"),
        ("cron(0 3 0 * ? *)", "has '0' as its day of the month; write 1 to 31"),
        ("cron(0 3 ? 13 SUN *)", "has '13' as its month; write 1 to 12 or jan to dec"),
        ("cron(0 3 ? * 0 *)", "has '0' as its day of the week; write 1 to 7 or sun to sat"),
        ("cron(0 3 ? * sunday *)", "has 'sunday' as its day of the week"),
        ("cron(0 3 ? * fri#6 *)", "has 'fri#6' as its day of the week"),
        ("cron(0 3 ? * SUN 1969)", "has '1969' as its year; write 1970 to 2199"),
        ("cron(*/0 3 ? * SUN *)", r"has '\*/0' as its minute"),
        ("cron(1-2-3 3 ? * SUN *)", "has '1-2-3' as its minute"),
        ("cron(1, 3 ? * SUN *)", "has '1,' as its minute"),
        ("cron(? 3 ? * SUN *)", r"has '\?' as its minute"),
        ("cron(0 3 * * * *)", "for exactly one"),
        ("cron(0 3 ? * ? *)", "for exactly one"),
        ("cron(0 0 30 2 ? *)", "no month 2 of year .* has that day, so that it is never due"),
        ("cron(0 0 29 2 ? 2027)", "no month 2 of year 2027 has that day"),
        ("cron(0 0 31W apr,jun ? *)", "no month apr,jun of year"),
        ("cron(0 0 31 4-12/5 ? *)", "no month 4-12/5"),
    ],
)
def test_what_it_refuses(expression: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_cron(expression)


@pytest.mark.parametrize(
    ("years", "last"), [("*", 2199), ("2020", 2020), ("2026-2030", 2030), ("2020,2024", 2024), ("2020/100", 2120)]
)
def test_the_last_year(years: str, last: int) -> None:
    assert last_year(f"cron(0 3 ? * SUN {years})") == last
