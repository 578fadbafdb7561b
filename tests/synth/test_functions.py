"""The functions stack: four functions, each with its own code only, and a URL for the instances alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import load
from config.models import PythonRuntime
from constructs_lib.functions import LayerMissingError
from constructs_lib.policy.findings import flatten
from contract.components import Function
from local.setup import FUNCTION_RUNTIMES, PLATFORMS, layer_folder
from stacks.proxy_platform.base import Deployment
from stacks.proxy_platform.functions import function_code
from tests.synth.assemblies import ROOT, synthesise

LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:mine:1"


def by_name(template):
    return {function["FunctionName"]: function for function in template.properties("AWS::Lambda::Function")}


def test_there_are_four(production):
    assert set(by_name(production("functions"))) == {f"slipway-production-{function.value}" for function in Function}


def test_how_they_run(production):
    for function in production("functions").properties("AWS::Lambda::Function"):
        assert function["Runtime"] == "python3.12"
        assert function["Architectures"] == ["arm64"]
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert len(function["Layers"]) == 1
        assert "LogGroup" in function["LoggingConfig"]


def test_what_they_are_told(production):
    told = {name: function["Environment"]["Variables"] for name, function in by_name(production("functions")).items()}

    html = told["slipway-production-html-service"]
    url = html.pop("SLIPWAY_SEMANTIC_TEXT_SERVICE_URL")
    assert url["Fn::GetAtt"][0].startswith("SemanticTextService")
    assert html == {
        "SLIPWAY_ENVIRONMENT": "production",
        "SLIPWAY_VERSION": "0.1.0",
        "POWERTOOLS_SERVICE_NAME": "html-service",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
    assert told["slipway-production-semantic-text-service"]["SLIPWAY_SENTIMENT_ENGINES"] == "embedded"
    assert told["slipway-production-semantic-text-service"]["SLIPWAY_RATING_SECONDS"] == "1.5"
    cache = told["slipway-production-cache-service"]
    assert cache["SLIPWAY_CACHE_TTL_SECONDS"] == "3600"
    assert cache["SLIPWAY_CACHE_LONGEST_TTL_SECONDS"] == str(7 * 86_400)
    assert cache["SLIPWAY_CACHE_QUOTAS"] == "*=1000/10000"
    assert "slipway-production-cache-" in str(cache["SLIPWAY_CACHE_BUCKET"])
    management = told["slipway-production-proxy-management"]
    assert "slipway-production-artifacts-" in str(management["SLIPWAY_STATISTICS_BUCKET"])
    assert management["SLIPWAY_DEFAULT_MODE"] == "xxx"
    assert management["SLIPWAY_STATISTICS_PREFIX"] == "statistics"
    assert float(management["SLIPWAY_STATISTICS_INTERVAL_SECONDS"]) > 0
    assert "slipway-production-config-" in str(management["SLIPWAY_FLEET_SETTINGS_BUCKET"])
    assert management["SLIPWAY_FLEET_SETTINGS_PREFIX"] == "fleet-settings"
    assert "DashboardUsers" in str(management["SLIPWAY_DASHBOARD_SECRET_ARN"]["Fn::GetStackOutput"])


def test_urls_answer_signed_requests_only(production):
    urls = production("functions").properties("AWS::Lambda::Url")

    assert [(url["AuthType"], url["Qualifier"]) for url in urls] == [("AWS_IAM", "live")] * 4


def test_a_url_takes_both_permissions(production):
    permissions = production("functions").properties("AWS::Lambda::Permission")

    found = sorted(
        (item["Action"], item.get("FunctionUrlAuthType"), item.get("InvokedViaFunctionUrl")) for item in permissions
    )
    assert found == [("lambda:InvokeFunction", None, True)] * 5 + [("lambda:InvokeFunctionUrl", "AWS_IAM", None)] * 5
    callers = {
        (
            item["FunctionName"]["Ref"].partition("Live")[0],
            flatten(item["Principal"]).rpartition("/slipway-production-")[2],
        )
        for item in permissions
    }
    assert callers == {(function.pascal, "instance-us-east-1") for function in Function} | {
        ("SemanticTextService", "html-service-us-east-1")
    }


def test_logs_have_an_end(production, local):
    days = [group["RetentionInDays"] for group in production("functions").properties("AWS::Logs::LogGroup")]
    assert days == [90] * 4
    assert {entry["DeletionPolicy"] for entry in local("functions").resources("AWS::Logs::LogGroup").values()} == {
        "Delete"
    }


def test_their_addresses_stand_in_parameters_and_outputs(production):
    template = production("functions")

    assert {parameter["Name"] for parameter in template.properties("AWS::SSM::Parameter")} == {
        f"/slipway/production/functions/{function.value}/url" for function in Function
    }
    assert set(template.outputs()) == {f"{function.pascal}{what}" for function in Function for what in ("Url", "Name")}


@pytest.mark.parametrize("function", Function)
def test_a_function_carries_its_own_code_only(function):
    bundle = function_code(Deployment.of(load("local"), root=ROOT), function, PythonRuntime.PYTHON_3_12)

    services = {path.parts[1] for path in bundle.paths if path.parts[0] == "lambda_src"}
    assert services == {"__init__.py", "shared", function.package}
    own = {Path("node_modules/htmx.org/dist/htmx.min.js")} if function is Function.PROXY_MANAGEMENT else set()
    assert {path for path in bundle.paths if path.parts[0] not in ("lambda_src", "contract")} == own
    assert not any(path.suffix == ".pyc" for path in bundle.paths)


FROM_THE_RUNTIME = {"boto3", "botocore", "requests", "s3transfer", "urllib3"}


@pytest.mark.parametrize("architecture", PLATFORMS)
@pytest.mark.parametrize("runtime", FUNCTION_RUNTIMES)
def test_a_layer_hides_nothing_of_the_runtime(runtime, architecture):
    (packages,) = layer_folder(runtime, architecture).glob("python/lib/python3.*/site-packages")

    assert not FROM_THE_RUNTIME & {path.name for path in packages.iterdir()}


def test_a_missing_layer_says_what_to_do(tmp_path):
    for folder in ("ami_build", "contract", "lambda_src"):
        (tmp_path / folder).symlink_to(ROOT / folder)

    with pytest.raises(LayerMissingError, match="run `make setup`"):
        synthesise("local", tmp_path / "out", root=tmp_path)


@pytest.fixture(scope="module")
def unusual(tmp_path_factory):
    """The stacks with every setting of the functions another than usual, and Valkey."""
    settings = {
        "cache.backend": "valkey",
        "cache.valkey.data_maximum_gb": "7",
        "functions.html_service.architecture": "x86_64",
        "functions.html_service.runtime": "python3.13",
        "functions.html_service.snap_start": "true",
        "functions.html_service.environment.GREETING": "hello",
        "functions.html_service.layers": f"[{LAYER}]",
        "functions.semantic_text_service.vpc": "true",
        "functions.semantic_text_service.ephemeral_storage_mb": "1024",
        "functions.semantic_text_service.log_level": "DEBUG",
        "functions.semantic_text_service.log_retention_days": "1",
        "functions.cache_service.reserved_concurrency": "5",
        "proxy.semantic_engine": "comprehend",
        "functions.cache_service.provisioned_concurrency": "2",
    }
    overrides = tuple(f"{path}={value}" for path, value in settings.items())
    return synthesise("staging", tmp_path_factory.mktemp("unusual"), overrides=overrides)


def test_each_function_has_settings_of_its_own(unusual):
    template = unusual.template("functions")
    found = {name.removeprefix("slipway-staging-"): item for name, item in by_name(template).items()}

    html, text = found["html-service"], found["semantic-text-service"]
    assert (html["Architectures"], html["Runtime"]) == (["x86_64"], "python3.13")
    assert html["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert html["Environment"]["Variables"]["GREETING"] == "hello"
    assert html["Layers"][1] == LAYER
    assert html["Layers"][0] != text["Layers"][0]
    assert text["Environment"]["Variables"]["SLIPWAY_SENTIMENT_ENGINES"] == "comprehend,embedded"
    assert text["EphemeralStorage"] == {"Size": 1024}
    assert text["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"] == "DEBUG"
    assert len(template.resources("AWS::Lambda::LayerVersion")) == 2
    groups = template.properties("AWS::Logs::LogGroup")
    days = {
        group["LogGroupName"].removeprefix("/aws/lambda/slipway-staging-"): group["RetentionInDays"] for group in groups
    }
    assert days.pop("semantic-text-service") == 1
    assert set(days.values()) == {30}
    ready = [
        alias["ProvisionedConcurrencyConfig"] for alias in template.properties("AWS::Lambda::Alias") if len(alias) > 3
    ]
    assert ready == [{"ProvisionedConcurrentExecutions": 2}]


def test_who_is_in_the_network_and_may_be_there(unusual, production):
    found = by_name(unusual.template("functions"))
    within = {name for name, item in found.items() if "VpcConfig" in item}
    assert within == {"slipway-staging-semantic-text-service", "slipway-staging-cache-service"}
    for name in within:
        assert "subnetsprivate1" in str(found[name]["VpcConfig"]["SubnetIds"])
    assert all("VpcConfig" not in item for item in by_name(production("functions")).values())

    def sids(template):
        policies = template.resources("AWS::IAM::Policy").items()
        return {
            (name.partition("Role")[0], statement["Sid"], statement["Effect"])
            for name, policy in policies
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
            if statement["Sid"].startswith("Network")
        }

    who = ("SemanticTextService", "CacheService")
    allowed = {(name, "Network", "Allow") for name in who} | {(name, "NetworkForLambdaOnly", "Deny") for name in who}
    assert sids(unusual.template("identity")) == allowed
    assert sids(production("identity")) == set()


def test_valkey_is_known_to_the_cache_service_alone(unusual, production):
    template = unusual.template("functions")
    ((logical_id, cache),) = template.resources("AWS::ElastiCache::ServerlessCache").items()

    assert cache["Properties"]["CacheUsageLimits"]["DataStorage"] == {"Maximum": 7, "Unit": "GB"}
    assert cache["Properties"]["ServerlessCacheName"].startswith("slipway-staging-cache-")
    assert "subnetsprivate1" in str(cache["Properties"]["SubnetIds"])
    told = {
        name: item["Environment"]["Variables"]["SLIPWAY_CACHE_VALKEY"]
        for name, item in by_name(template).items()
        if "SLIPWAY_CACHE_VALKEY" in item["Environment"]["Variables"]
    }
    assert list(told) == ["slipway-staging-cache-service"]
    assert logical_id in str(told)
    assert production("functions").resources("AWS::ElastiCache::ServerlessCache") == {}
