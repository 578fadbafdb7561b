"""What actions reach: objects of the embedded AWS's S3, files on the web, and the words for what is not there."""

from __future__ import annotations

import pytest

from local.image.actions import ActionError
from local.image.builds import BUCKET, Workshop


def test_objects_come_back_as_they_were_put(shop: Workshop) -> None:
    shop.outside.put_object(BUCKET, "some/where", b"\0it")
    assert shop.outside.get_object(BUCKET, "some/where") == b"\0it"
    assert shop.outside.list_objects(BUCKET, "some/") == ["some/where"]


@pytest.mark.parametrize(("bucket", "cause"), [(BUCKET, "NoSuchKey"), ("no-such-bucket", "NoSuchBucket")])
def test_what_is_not_there_is_named(shop: Workshop, bucket: str, cause: str) -> None:
    with pytest.raises(ActionError, match=f"s3://{bucket}/none: .*{cause}"):
        shop.outside.get_object(bucket, "none")


def test_files_come_from_the_web(shop: Workshop) -> None:
    address = shop.arguments["CloudWatchAgentSource"]
    assert b"PGP PUBLIC KEY" in shop.outside.fetch(f"{address}/assets/amazon-cloudwatch-agent.gpg")
    with pytest.raises(ActionError, match="cannot be fetched: the answer is 404"):
        shop.outside.fetch(f"{address}/none")
