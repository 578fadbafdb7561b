"""The functions stack: four functions, each with its own code only, and a URL for the instances alone."""

from __future__ import annotations

import pytest

from config import load
from constructs_lib.functions import LayerMissingError
from contract.components import Function
from stacks.proxy_platform.base import Deployment
from stacks.proxy_platform.functions import function_code
from tests.synth.assemblies import ROOT, synthesise


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
    assert html == {
        "SLIPWAY_ENVIRONMENT": "production",
        "SLIPWAY_VERSION": "0.1.0",
        "POWERTOOLS_SERVICE_NAME": "html-service",
    }
    cache = told["slipway-production-cache-service"]
    assert cache["SLIPWAY_CACHE_TTL_SECONDS"] == "3600"
    assert "slipway-production-cache-" in str(cache["SLIPWAY_CACHE_BUCKET"])
    management = told["slipway-production-proxy-management"]
    assert "slipway-production-artifacts-" in str(management["SLIPWAY_STATISTICS_BUCKET"])
    assert management["SLIPWAY_STATISTICS_PREFIX"] == "statistics"


def test_urls_answer_signed_requests_only(production):
    urls = production("functions").properties("AWS::Lambda::Url")

    assert [(url["AuthType"], url["Qualifier"]) for url in urls] == [("AWS_IAM", "live")] * 4


def test_a_url_takes_both_permissions(production):
    permissions = production("functions").properties("AWS::Lambda::Permission")

    found = sorted(
        (item["Action"], item.get("FunctionUrlAuthType"), item.get("InvokedViaFunctionUrl")) for item in permissions
    )
    assert found == [("lambda:InvokeFunction", None, True)] * 4 + [("lambda:InvokeFunctionUrl", "AWS_IAM", None)] * 4
    assert all("InstanceRole" in str(item["Principal"]) for item in permissions)


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
    bundle = function_code(Deployment.of(load("local"), root=ROOT), function)

    services = {path.parts[1] for path in bundle.paths if path.parts[0] == "lambda_src"}
    assert services == {"__init__.py", "shared", function.package}
    assert {path.parts[0] for path in bundle.paths} == {"lambda_src", "contract"}
    assert not any(path.suffix == ".pyc" for path in bundle.paths)


def test_a_missing_layer_says_what_to_do(tmp_path):
    for folder in ("ami_build", "contract", "lambda_src"):
        (tmp_path / folder).symlink_to(ROOT / folder)

    with pytest.raises(LayerMissingError, match="run `make setup`"):
        synthesise("local", tmp_path / "out", root=tmp_path)
