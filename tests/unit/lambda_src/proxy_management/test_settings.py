import pytest

from contract import environment
from lambda_src.proxy_management.settings import ManagementSettings
from lambda_src.shared.settings import SettingsError


@pytest.mark.parametrize(("prefix", "kept"), [(None, "statistics"), ("", "statistics"), ("/a/b/", "a/b")])
def test_read(prefix, kept):
    variables = {environment.STATISTICS_BUCKET: "bucket"}
    if prefix is not None:
        variables[environment.STATISTICS_PREFIX] = prefix
    assert ManagementSettings.read(variables) == ManagementSettings("bucket", kept)


def test_missing_bucket():
    with pytest.raises(SettingsError, match=environment.STATISTICS_BUCKET):
        ManagementSettings.read({})
