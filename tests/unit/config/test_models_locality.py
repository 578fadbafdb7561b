"""What stands in one region or network cannot serve another, and functions in a network need a way to what they use."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from config.models import Configuration

KEY = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:proxy/users-a1B2c3"
SIGN_IN = {"proxy": {"authentication": {"required": True, "secret_arn": SECRET}}}
COMPONENT = "arn:aws:imagebuilder:us-east-1:123456789012:component/mine/1.0.0"
IMAGE = {"ami_id": "ami-0123456789abcdef0"}
LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:mine:1"
TWO_REGIONS = {
    "regions": ["us-east-1", "eu-west-1"],
    "network": {"zones": ["us-east-1a", "us-east-1b", "eu-west-1a", "eu-west-1b"]},
    "regional": {"eu-west-1": {"network": {"cidr": "10.78.0.0/16"}}},
    "dns": {"existing_zone_id": "Z0123456789ABCDEFGHIJ"},
}
IRELAND = {"regions": ["eu-west-1"], "network": {"zones": ["eu-west-1a", "eu-west-1b"]}}
PUBLIC_ONLY = {
    "network": {
        "existing": {
            "vpc_id": "vpc-12345678",
            "cidr": "10.0.0.0/16",
            "public_subnets": {"us-east-1a": "subnet-12345678", "us-east-1b": "subnet-12345679"},
        }
    }
}


def make(**values):
    return Configuration(**{"environment": "development", **values})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {**IRELAND, "functions": {"html_service": {"layers": [LAYER]}}},
            r"functions\.html_service\.layers .*own region",
        ),
        ({**TWO_REGIONS, "functions": {"cache_service": {"layers": [LAYER]}}}, "works in its own region only"),
        ({**IRELAND, "storage": {"cache": {"encryption": "kms", "key_arn": KEY}}}, r"storage\.cache\.key_arn"),
        ({**IRELAND, "cache": {"backend": "valkey", "valkey": {"key_arn": KEY}}}, r"cache\.valkey\.key_arn"),
        ({**TWO_REGIONS, "storage": {"cache": {"existing_name": "mine"}}}, "one bucket cannot serve the regions"),
        ({**IRELAND, **SIGN_IN}, r"proxy\.authentication\.secret_arn.*own region only"),
        ({**TWO_REGIONS, **SIGN_IN}, r"proxy\.authentication\.secret_arn.*or none in a deployment to several"),
        ({**IRELAND, "image": {"extra_components": [COMPONENT]}}, r"image\.extra_components .*own region only"),
        ({**TWO_REGIONS, "image": IMAGE}, r"us-east-1 and eu-west-1 would both.*regional\.eu-west-1\.image\.ami_id"),
        ({**PUBLIC_ONLY, "functions": {"cache_service": {"vpc": True}}}, r"functions\.cache_service\.vpc.*no private"),
        ({**PUBLIC_ONLY, "cache": {"backend": "valkey"}}, "cache.backend valkey.*no private"),
        ({"functions": {"semantic_text_service": {"vpc": True}}}, "reach Comprehend; set network.egress nat"),
        (
            {
                "proxy": {"cache_ttl_seconds": 172_800},
                "storage": {"cache": {"lifecycle": [{"prefix": "a/", "expire_after_days": 1}]}},
            },
            r"a rule in storage\.cache\.lifecycle, 1, so that the bucket",
        ),
    ],
)
def test_what_is_refused(values, words):
    with pytest.raises(ValidationError, match=f"(?s){words}"):
        make(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"functions": {"html_service": {"layers": [LAYER]}}},
        {"storage": {"cache": {"encryption": "kms", "key_arn": KEY}}},
        {**TWO_REGIONS, "storage": {"cache": {"encryption": "kms"}}},
        {"storage": {"cache": {"existing_name": "mine"}}},
        SIGN_IN,
        {"image": {"extra_components": [COMPONENT]}},
        {**TWO_REGIONS, "image": {"extra_components": [COMPONENT.replace("us-east-1", "{region}"), "more/own.yaml"]}},
        {**TWO_REGIONS, "regional": {"eu-west-1": {"network": {"cidr": "10.78.0.0/16"}, "image": IMAGE}}},
        {"image": IMAGE},
        {"cache": {"backend": "valkey"}},
        {"functions": {"semantic_text_service": {"vpc": True}}, "network": {"egress": "nat"}},
    ],
)
def test_what_is_fine(values):
    make(**values)


def test_comprehend_is_asked_where_it_is():
    comprehend = {"proxy": {"semantic_engine": "comprehend"}}
    stockholm = {"regions": ["eu-north-1"], "network": {"zones": ["eu-north-1a", "eu-north-1b"]}}

    assert make(**IRELAND, **comprehend).proxy.semantic_engine == "comprehend"
    assert make(**stockholm).regions == ("eu-north-1",)
    with pytest.raises(ValidationError, match=r"no Comprehend in eu-north-1.*; set proxy\.semantic_engine embedded"):
        make(**stockholm, **comprehend)
