"""The Price List API: what our stacks' services cost in us-east-1, from the table in :mod:`emulator.account.prices`."""

from __future__ import annotations

from emulator.account.prices import Price, as_listed, matches, prices_of, services, value_of
from emulator.plugin.resources import region
from emulator.plugin.services import Json, Service, ServiceError, page, register

REGIONS = ("us-east-1", "eu-central-1", "ap-south-1")
"""Where AWS serves this API."""

_FORMAT = "aws_v1"
_OF_EVERY_PRODUCT = ("productFamily", "sku", "termType")


def _check_region() -> None:
    if region() not in REGIONS:
        raise ServiceError(
            "InvalidParameterException",
            f"AWS serves the Price List API in {', '.join(REGIONS)} only, not in {region()}; make the client for one",
        )


def _prices(code: str) -> list[Price]:
    _check_region()
    if not (found := prices_of(code)):
        raise ServiceError(
            "InvalidParameterException",
            f"Invalid ServiceCode {code!r}; the embedded AWS has prices of {', '.join(services())}",
        )
    return found


def _attributes(code: str) -> list[str]:
    return sorted({name for price in _prices(code) for name in (*price.all_attributes, *_OF_EVERY_PRODUCT)})


def _describe(request: Json) -> Json:
    _check_region()
    codes = [request["ServiceCode"]] if request.get("ServiceCode") else services()
    shown, rest = page(codes, request, 100)
    described = [{"ServiceCode": code, "AttributeNames": _attributes(code)} for code in shown]
    return {"Services": described, "FormatVersion": _FORMAT, **rest}


def _values(request: Json) -> Json:
    code, name = request["ServiceCode"], request["AttributeName"]
    if name not in _attributes(code):
        raise ServiceError("NotFoundException", f"{code} has no attribute {name!r}")
    found = sorted({value for price in _prices(code) if (value := value_of(price, name))})
    shown, rest = page(found, request, 100)
    return {"AttributeValues": [{"Value": value} for value in shown], **rest}


def _products(request: Json) -> Json:
    filters = [(each["Type"], each["Field"], each["Value"]) for each in request.get("Filters", [])]
    found = [price for price in _prices(request["ServiceCode"]) if all(matches(price, *each) for each in filters)]
    shown, rest = page(found, request, 100)
    return {"PriceList": [as_listed(price) for price in shown], "FormatVersion": _FORMAT, **rest}


SERVICE = Service(
    "pricing",
    "the Price List API",
    {"DescribeServices": _describe, "GetAttributeValues": _values, "GetProducts": _products},
)


def install() -> None:
    """Add the service."""
    register(SERVICE)
