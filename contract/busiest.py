"""The busiest hosts of many; the rest becomes one, so that no cell, sum or reply grows without bound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from contract.statistics import OTHERS, HostCount


def busiest(hosts: Mapping[str, HostCount], most: int) -> dict[str, HostCount]:
    """Return the hosts with the most responses, the most first, and all others together at the end.

    :param most: how many keep their names.
    """
    names = sorted(hosts.keys() - {OTHERS}, key=lambda name: (-hosts[name].responses, name))
    folded = [hosts[name] for name in names[most:]] + [hosts[name] for name in (OTHERS,) if name in hosts]
    named = {name: hosts[name] for name in names[:most]}
    return named | ({OTHERS: _together(folded)} if folded else {})


def _together(counts: Iterable[HostCount]) -> HostCount:
    total = HostCount()
    for count in counts:
        total = HostCount(
            total.responses + count.responses,
            total.transformed + count.transformed,
            total.failed_open + count.failed_open,
        )
    return total
