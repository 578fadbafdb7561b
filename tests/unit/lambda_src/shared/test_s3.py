import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from lambda_src.shared.errors import UnavailableError
from lambda_src.shared.s3 import error_code, storage_errors


def test_error_of_aws_is_told():
    with (
        pytest.raises(UnavailableError, match="could not read the cache: S3 answered SlowDown"),
        storage_errors("read the cache"),
    ):
        raise ClientError({"Error": {"Code": "SlowDown", "Message": "secret"}}, "GetObject")


def test_unreachable_endpoint_is_told_without_its_address():
    with (
        pytest.raises(UnavailableError, match=r"cannot be reached \(EndpointConnectionError\)") as caught,
        storage_errors("x"),
    ):
        raise EndpointConnectionError(endpoint_url="http://internal")
    assert "internal" not in caught.value.message


def test_other_errors_pass():
    with pytest.raises(KeyError), storage_errors("x"):
        raise KeyError("bug")


def test_error_code():
    assert error_code(ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")) == "NoSuchKey"
    assert error_code(ClientError({}, "GetObject")) == ""
