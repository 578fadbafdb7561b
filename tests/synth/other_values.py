"""What the types in the models do not say: another valid value of a setting, and what makes a setting have an effect.

Paths and values are those of the environments' files. `tests.synth.settings` reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Patch = Mapping[str, Any]
"""Values by path, which belong together."""

FUNCTIONS = ("html_service", "semantic_text_service", "cache_service", "proxy_management")
BUCKETS = ("artifacts", "configuration", "cache")
KEY = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"
LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:extra:1"
EXCEPTED = "an example of another value"
ALARMS = {"alarms": "whom to call is for those to say who deploy this"}
NETWORK = {
    "vpc_id": "vpc-0123456789abcdef0",
    "cidr": "10.0.0.0/16",
    "private_subnets": {"us-east-1a": "subnet-0123456789abcdef0", "us-east-1b": "subnet-0123456789abcdef1"},
}
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-12345678901"
FIXED = (
    "image.mitmproxy_version",
    "image.python_version",
    "storage.artifacts.encryption",
    "storage.artifacts.key_arn",
    "storage.artifacts.lifecycle[].previous_versions_expire_after_days",
    "storage.cache.lifecycle[].previous_versions_expire_after_days",
)
"""Settings with one valid value: versions are those that are locked, S3 delivers access logs to no bucket with a key of
KMS, and a bucket without versions has no previous ones."""

LIKE_ELSEWHERE = "regional.*.network.existing."
"""What is not looked at again: within one region it is what the section itself has."""

EXAMPLES: dict[str, Patch] = {
    "regions": {"regions": ["eu-west-1"], "network.zones": ["eu-west-1a", "eu-west-1b"]},
    "regional.*.network.existing": {
        "regional.us-east-1.network.existing": NETWORK,
        "network.egress": "routed",
        "network.nat_gateways": None,
    },
    "regional.*.network.egress": {"regional.us-east-1.network.egress": "public", "network.nat_gateways": None},
    "regional.*.fleet.certificate_arn": {"regional.us-east-1.fleet.certificate_arn": f"{CERTIFICATE}5"},
    "fleet.listeners[].protocol": {"fleet.listeners.0.protocol": "tls", "fleet.certificate_arn": f"{CERTIFICATE}3"},
    "lifetime_hours": {"lifetime_hours": 24},
    "removal": {"removal": "destroy", "exceptions": {**ALARMS, "retention": EXCEPTED}},
    "termination_protection": {
        "termination_protection": False,
        "exceptions": {**ALARMS, "termination-protection": EXCEPTED},
    },
    "identity.existing.instance": {
        "identity.existing.instance": {
            "role_arn": "arn:aws:iam::123456789012:role/proxy",
            "profile_arn": "arn:aws:iam::123456789012:instance-profile/proxy",
        }
    },
    "identity.github": {"identity.github": {"repository": "example/slipway"}},
    "network.cidr": {"network.cidr": "10.78.0.0/16"},
    "network.zones": {"network.zones": ["us-east-1a", "us-east-1b", "us-east-1c"]},
    "network.existing": {"network.existing": NETWORK, "network.egress": "routed", "network.nat_gateways": None},
    "network.egress": {"network.egress": "public", "network.nat_gateways": None},
    "network.no_flow_logs_reason": {"network.no_flow_logs_reason": EXCEPTED},
    "image.ami_id": {"image.ami_id": "ami-0123456789abcdef0"},
    "image.architecture": {
        "image.architecture": "x86_64",
        "image.build_instance_type": "t3.medium",
        "fleet.instance_types": ["t3.medium"],
    },
    "image.base_image_parameter": {
        "image.base_image_parameter": "/aws/service/canonical/ubuntu/server/26.04/current/{architecture}/ami-id"
    },
    "fleet.scheme": {"fleet.scheme": "internet-facing", "proxy.allowed_client_networks": ["203.0.113.0/24"]},
    "fleet.listeners": {"fleet.listeners": [{"port": 8080}, {"port": 3128}]},
    "fleet.certificate_arn": {
        "fleet.certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789013",
    },
    "fleet.on_demand_base": {"fleet.on_demand_base": 1},
    "fleet.desired": {"fleet.desired": 3},
    "fleet.health_check.path": {"fleet.health_check.path": "/info/health?full"},
    "fleet.deletion_protection": {
        "fleet.deletion_protection": False,
        "exceptions": {**ALARMS, "deletion-protection": EXCEPTED},
    },
    "records.weights": {"records.weights": {"us-east-1": 50}},
    "observability.alarm_emails": {"observability.alarm_emails": ["someone@example.org"], "exceptions": {}},
    "observability.alarm_urls": {"observability.alarm_urls": ["https://example.org/alarms"], "exceptions": {}},
    "cache.valkey.key_arn": {"cache.valkey.key_arn": KEY},
    "cache.default_quota": {"cache.default_quota": {"megabytes": 100, "entries": 1000}},
    "cache.quotas": {"cache.quotas": {"shop": {"megabytes": 100, "entries": 1000}}},
    "proxy.allowed_client_networks": {"proxy.allowed_client_networks": ["10.0.0.0/8"]},
    "proxy.authentication.secret_arn": {
        "proxy.authentication.secret_arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:proxy-users-AbCdEf",
    },
    "proxy.allowed_destination_networks": {"proxy.allowed_destination_networks": ["10.1.0.0/16"]},
    **{f"functions.{name}.layers": {f"functions.{name}.layers": [LAYER]} for name in FUNCTIONS},
    **{f"functions.{name}.runtime": {f"functions.{name}.runtime": "python3.13"} for name in FUNCTIONS},
    **{f"functions.{name}.architecture": {f"functions.{name}.architecture": "x86_64"} for name in FUNCTIONS},
    **{
        f"storage.{name}.lifecycle": {f"storage.{name}.lifecycle": [{"prefix": "old/", "expire_after_days": 30}]}
        for name in BUCKETS
    },
    **{
        f"storage.{name}.removal": {
            f"storage.{name}.removal": "destroy",
            "exceptions": {**ALARMS, "retention": EXCEPTED},
        }
        for name in BUCKETS
    },
    **{f"storage.{name}.key_arn": {f"storage.{name}.key_arn": KEY} for name in BUCKETS[1:]},
    "proxy.authentication.required": {
        "proxy.authentication.required": False,
        "proxy.authentication.secret_arn": None,
    },
    "records.primary_region": {"records.primary_region": "us-west-2"},
}
"""Another value of a setting, with what else has to be said for it to be valid."""

GIVEN: dict[str, Patch] = {
    "lifetime_hours": {
        "environment": "preview",
        "removal": "destroy",
        "created_at": "2026-11-21T10:00:00Z",
        "exceptions": {},
    },
    "records.primary_region": {
        "regions": ["us-east-1", "us-west-2"],
        "network.zones": ["us-east-1a", "us-east-1b", "us-west-2a", "us-west-2b"],
        "regional": {"us-west-2": {"network": {"cidr": "10.78.0.0/16"}}},
        "dns.visibility": "public",
        "records.routing": "failover",
    },
    "cache.valkey": {"cache.backend": "valkey"},
    "fleet.certificate_arn": {
        "fleet.listeners": [{"port": 8443, "protocol": "tls"}],
        "fleet.certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
    },
    "fleet.on_demand_base": {"fleet.spot_percent": 50},
    "proxy.authentication": {
        "proxy.authentication.required": True,
        "proxy.authentication.secret_arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:users-AbCdEf",
    },
    **{f"storage.{name}.key_arn": {f"storage.{name}.encryption": "kms"} for name in BUCKETS[1:]},
}
"""What has to hold before, too, so that settings at or below a path have an effect."""

INSIDE: dict[str, Patch] = {
    "regional.": {
        "regional": {
            "us-east-1": {
                "image": {"ami_id": "ami-0123456789abcdef1"},
                "fleet": {"certificate_arn": f"{CERTIFICATE}4"},
            }
        },
        "fleet.listeners": [{"port": 8443, "protocol": "tls"}],
        "fleet.certificate_arn": f"{CERTIFICATE}3",
    },
    "": {
        "tags": {"team": "web"},
        "identity.existing": {
            "instance": {
                "role_arn": "arn:aws:iam::123456789012:role/of-instances",
                "profile_arn": "arn:aws:iam::123456789012:instance-profile/of-instances",
            },
            "functions": {"html-service": "arn:aws:iam::123456789012:role/of-functions"},
        },
        "identity.github": {"repository": "example/slipway"},
        "storage.cache_expiration_days": 400,
        **{
            f"storage.{name}.lifecycle": [
                {
                    "prefix": "old/",
                    "infrequent_access_after_days": 30,
                    "glacier_after_days": 120,
                    "expire_after_days": 365,
                }
            ]
            for name in BUCKETS
        },
        "network.existing": {
            "vpc_id": "vpc-00000000000000001",
            "cidr": "10.9.0.0/16",
            "public_subnets": {
                "us-east-1a": "subnet-00000000000000001",
                "us-east-1b": "subnet-00000000000000002",
            },
            "private_subnets": {
                "us-east-1a": "subnet-00000000000000003",
                "us-east-1b": "subnet-00000000000000004",
            },
        },
        "network.egress": "routed",
        "network.nat_gateways": None,
        **{f"functions.{name}.environment": {"COLOUR": "blue"} for name in FUNCTIONS},
        "cache.quotas": {"shop": {"megabytes": 100, "entries": 1000}},
        "cache.default_quota": {"megabytes": 100, "entries": 1000},
        "fleet.listeners": [{"port": 8080}],
        "records.weights": {"us-east-1": 50},
    },
}
"""What holds before a change of what is within something, by the beginning of its path: that it is there at all."""
