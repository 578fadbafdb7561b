"""Settings of the buckets: what S3 would refuse is refused here, and what the buckets are by default."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from config.models import Encryption, LifecycleRule, Storage

KEY = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"


def cache(*rules, **settings):
    return {"cache": {"lifecycle": list(rules), **settings}, "cache_expiration_days": 365}


def settings_rule(rule):
    return {"configuration": {"lifecycle": [rule]}}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"artifacts": {"encryption": "aes"}}, "sse-s3"),
        ({"artifacts": {"encryption": "kms"}}, "S3 delivers access logs to no bucket of that encryption.*sse-s3"),
        ({"cache": {"key_arn": KEY}}, "used with encryption kms only"),
        ({"cache": {"encryption": "kms", "key_arn": "alias/mine"}}, "ARN of a KMS key"),
        ({"cache": {"existing_name": "Mine"}}, "name of an S3 bucket"),
        ({"cache": {"existing_name": "mine", "encryption": "kms"}}, "name it in key_arn"),
        ({"cache": {"existing_name": "mine", "removal": "destroy"}}, "are not changed here"),
        ({"cache": {"existing_name": "mine"}, "configuration": {"existing_name": "mine"}}, "given to two buckets"),
        (cache({"prefix": "/pages", "expire_after_days": 1}), "without a slash first"),
        (cache({"prefix": "a/"}), "'a/': it does nothing"),
        (cache({"infrequent_access_after_days": 29}), "greater than or equal to 30"),
        (cache({"infrequent_access_after_days": 30, "glacier_after_days": 59}), "less than 30 days after.*60 or more"),
        (cache({"infrequent_access_after_days": 30, "expire_after_days": 30}), "not after the move.*31 or more"),
        (cache({"glacier_after_days": 90, "expire_after_days": 60}), "not after the move at 90"),
        (cache({"previous_versions_expire_after_days": 3}), "not versioned"),
        (cache({"expire_after_days": 3}, {"expire_after_days": 9}), "two rules for prefix ''"),
        ({"cache": {"lifecycle": [{"glacier_after_days": 30}]}}, "cache_expiration_days 7"),
        (
            settings_rule({"glacier_after_days": 30}),
            "prefix '': glacier_after_days .* fleet's settings.*such as 'old/'",
        ),
        (settings_rule({"prefix": "fleet", "expire_after_days": 30}), "'fleet': expire_after_days .* fleet-settings/"),
        (settings_rule({"prefix": "fleet-settings/9", "glacier_after_days": 30}), "fleet's settings"),
    ],
)
def test_what_is_refused(values, words):
    with pytest.raises(ValidationError, match=f"(?s){words}"):
        Storage(**values)


def test_a_rule_with_the_shortest_stays_is_fine():
    rule = LifecycleRule(infrequent_access_after_days=30, glacier_after_days=60, expire_after_days=61)

    assert rule.moves_after_days == 30
    Storage(**cache(rule.model_dump()))


@pytest.mark.parametrize(
    "rule",
    [
        {"infrequent_access_after_days": 30, "previous_versions_expire_after_days": 90},
        {"prefix": "old/", "glacier_after_days": 30, "expire_after_days": 90},
        {"prefix": "fleet-settings-of-old/", "glacier_after_days": 30},
    ],
)
def test_rules_that_leave_the_settings_of_the_fleet_where_they_can_be_read_are_fine(rule):
    Storage(**settings_rule(rule))


def test_old_versions_expire_where_there_are_some():
    rule = {"prefix": "old/", "previous_versions_expire_after_days": 3}

    Storage(**cache(rule, versioned=True))
    Storage(configuration={"lifecycle": [rule]})


def test_one_setting_of_a_bucket_leaves_its_others_alone():
    storage = Storage(configuration={"encryption": "kms"})

    assert storage.configuration.versioned
    assert storage.configuration.encryption is Encryption.KMS
    assert not storage.cache.versioned


def test_pages_live_as_long_as_the_shortest_rule_lets_them():
    assert Storage().pages_expire_after_days == 7
    assert Storage(**cache({"prefix": "a/", "expire_after_days": 2})).pages_expire_after_days == 2


def test_existing_buckets_are_known_by_their_purpose():
    assert Storage().existing_names == {}
    storage = Storage(configuration={"existing_name": "mine"}, cache={"existing_name": "pages"})
    assert storage.existing_names == {"config": "mine", "cache": "pages"}
