"""Reading AWS's price list: the right one of many products, over all pages, and errors in words."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from slipway.adapters.pricing import AwsPriceList, PriceListError
from slipway.prices import PRODUCTS, Product

NAT = PRODUCTS["nat_hour"]


def listed(usage, *dimensions):
    prices = {str(number): dimension for number, dimension in enumerate(dimensions)}
    terms = {"OnDemand": {"term": {"priceDimensions": prices}}}
    return json.dumps({"product": {"attributes": {"usagetype": usage}}, "terms": terms})


def costs(usd, *, begin="0", currency="USD"):
    return {"beginRange": begin, "pricePerUnit": {currency: usd}}


class Client:
    """Answers with one page after another."""

    def __init__(self, *pages):
        self.pages, self.requests = list(pages), []

    def get_products(self, **request):
        self.requests.append(request)
        page = self.pages.pop(0)
        return {"PriceList": page, **({"NextToken": "more"} if self.pages else {})}


@pytest.mark.parametrize("usage", ["NatGateway-Hours", "EU-NatGateway-Hours", "USW2-NatGateway-Hours"])
def test_a_regions_short_name_may_stand_before_the_usage_type(usage):
    client = Client([listed("NatGateway-Prvd-Hours", costs("9")), listed(usage, costs("0.0480000000"))])

    assert AwsPriceList(client).usd(NAT, "eu-west-1") == 0.048
    assert client.requests == [
        {
            "ServiceCode": "AmazonEC2",
            "Filters": [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-west-1"}],
        }
    ]


def test_another_usage_type_with_the_same_end_is_another_product():
    client = Client([listed("EU-Lambda-Edge-Request", costs("9"))])

    assert AwsPriceList(client).usd(PRODUCTS["function_million_calls"], "eu-west-1") is None


def test_all_pages_are_read_and_the_price_of_the_first_unit_counts():
    tiers = (costs("0.021", begin="51200"), costs("0.023"))
    client = Client([listed("TimedStorage-Z", costs("9"))], [listed("TimedStorage-ByteHrs", *tiers)])

    assert AwsPriceList(client).usd(PRODUCTS["bucket_gb_month"], "us-east-1") == 0.023
    assert client.requests[1]["NextToken"] == "more"


def test_what_is_the_same_everywhere_names_no_region():
    client = Client([listed("HostedZone", costs("0.5"))])

    assert AwsPriceList(client).usd(PRODUCTS["dns_zone_month"], "us-east-1") == 0.5
    assert client.requests[0]["Filters"] == []


def test_a_price_in_another_currency_is_none():
    client = Client([listed("NatGateway-Hours", costs("0.3", currency="CNY"))])

    assert AwsPriceList(client).usd(NAT, "cn-north-1") is None


def test_an_error_of_aws_says_what_to_do():
    class Refusing:
        def get_products(self, **_request):
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetProducts")

    with pytest.raises(PriceListError, match=r"AccessDeniedException.*use credentials that may call"):
        AwsPriceList(Refusing()).usd(Product("AmazonEC2", "x"), "us-east-1")
