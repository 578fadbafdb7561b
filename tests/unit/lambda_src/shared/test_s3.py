import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from lambda_src.shared.errors import UnavailableError
from lambda_src.shared.s3 import error_code, s3_client, storage_errors

ROOT = Path(__file__).parents[4]
ENVIRONMENT = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}


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


def test_a_client_is_made_with_its_first_use_and_once(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    client = s3_client()

    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: client.meta, range(8)))

    assert made[0].region_name == "eu-west-1"
    assert len({id(each) for each in made}) == 1


@pytest.mark.parametrize("ahead", [False, True])
def test_a_function_that_starts_ahead_of_its_callers_makes_it_at_once(ahead):
    look = (
        "import sys; from lambda_src.shared.s3 import s3_client;"
        "from lambda_src.shared.settings import ServiceSettings;"
        f"client = s3_client(ServiceSettings('a', '1', 'b', starts_ahead={ahead}));"
        "print([name for name in ('botocore', 'boto3') if name in sys.modules])"
    )
    program = [sys.executable, "-c", look]
    found = subprocess.run(program, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=True)

    assert found.stdout.strip() == ("['botocore']" if ahead else "[]")


def test_a_presigned_url_leads_to_the_bucket_s_own_region(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)

    url = s3_client().generate_presigned_url("get_object", Params={"Bucket": "pages", "Key": "export.zip"})

    assert url.startswith("https://pages.s3.eu-west-1.amazonaws.com/export.zip?X-Amz-Algorithm=AWS4-HMAC-SHA256&")
