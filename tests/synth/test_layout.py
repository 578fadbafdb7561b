"""Places that more than one stack knows."""

from __future__ import annotations

from stacks.proxy_platform import layout


def test_whatever_is_written_to_the_artifacts_is_deleted_some_day(production):
    template = production("storage")
    artifacts = template.resources("AWS::S3::Bucket")["Artifacts82DD59A1"]["Properties"]
    expired = {rule["Prefix"] for rule in artifacts["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in rule}

    places = (layout.ACCESS_LOGS_PREFIX, layout.IMAGE_LOGS_PREFIX, layout.STATISTICS_PREFIX)
    assert expired == {f"{place}/" for place in places}
