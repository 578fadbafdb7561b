"""Launch templates: their market options (spot), which the emulator drops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.plugin.borrowed import borrow, replace

_ec2 = borrow("services.ec2", "_esc", "_lt_data_xml", "_p", "_parse_lt_data")

Data = dict[str, Any]
_SPOT = ("MaxPrice", "SpotInstanceType", "BlockDurationMinutes", "ValidUntil", "InstanceInterruptionBehavior")


def _with_market(original: Callable[..., Data]) -> Callable[..., Data]:
    def parse(params: Data, prefix: str = "LaunchTemplateData") -> Data:
        data = original(params, prefix)
        market = _ec2._p(params, f"{prefix}.InstanceMarketOptions.MarketType")
        spot = {name: _ec2._p(params, f"{prefix}.InstanceMarketOptions.SpotOptions.{name}") for name in _SPOT}
        if market:
            chosen = {name: value for name, value in spot.items() if value}
            data["InstanceMarketOptions"] = {"MarketType": market, **({"SpotOptions": chosen} if chosen else {})}
        return data

    return parse


def _with_market_xml(original: Callable[[Data], str]) -> Callable[[Data], str]:
    def render(data: Data) -> str:
        market = data.get("InstanceMarketOptions")
        return original(data) + (
            f"<instanceMarketOptions>{_market_xml(market)}</instanceMarketOptions>" if market else ""
        )

    return render


def _market_xml(market: Data) -> str:
    spot = "".join(_element(name, value) for name, value in (market.get("SpotOptions") or {}).items())
    return _element("MarketType", market["MarketType"]) + (f"<spotOptions>{spot}</spotOptions>" if spot else "")


def _element(name: str, value: object) -> str:
    tag = name[0].lower() + name[1:]
    return f"<{tag}>{_ec2._esc(str(value))}</{tag}>"


def install() -> None:
    """Apply the corrections of this module."""
    replace(_ec2, "_parse_lt_data", _with_market)
    replace(_ec2, "_lt_data_xml", _with_market_xml)
