from datetime import timedelta

import pytest

from contract import environment
from lambda_src.proxy_management.settings import Folder, ManagementSettings
from lambda_src.shared.settings import SettingsError

VARIABLES = {
    environment.DASHBOARD_SECRET_ARN: "arn",
    environment.STATISTICS_BUCKET: "bucket",
    environment.STATISTICS_PREFIX: "/statistics/",
    environment.STATISTICS_INTERVAL_SECONDS: "0.5",
    environment.DEFAULT_MODE: "xxx",
    environment.FLEET_SETTINGS_BUCKET: "other",
    environment.FLEET_SETTINGS_PREFIX: "a/b",
}


def test_read():
    settings = ManagementSettings.read(VARIABLES)
    assert settings.statistics == Folder("bucket", "statistics")
    assert settings.fleet_settings == Folder("other", "a/b")
    assert settings.interval == timedelta(milliseconds=500)
    assert settings.default_mode == "xxx"
    assert settings.dashboard_secret_arn == "arn"


@pytest.mark.parametrize("name", VARIABLES)
def test_what_is_missing_is_named(name):
    with pytest.raises(SettingsError, match=name):
        ManagementSettings.read({**VARIABLES, name: " "})


@pytest.mark.parametrize("text", ["often", "0", "-1", "nan", "1e400"])
def test_the_interval_is_a_time(text):
    with pytest.raises(SettingsError, match=f"{text!r}.*number of seconds above 0"):
        ManagementSettings.read({**VARIABLES, environment.STATISTICS_INTERVAL_SECONDS: text})
