"""The models: what they refuse, with words that help, and what the five environments are."""

from __future__ import annotations

import re
import typing

import pytest
from pydantic import BaseModel, ValidationError

from config import load
from config.models import LOCAL_ACCOUNT, Architecture, Configuration, Model
from config.models.machines import architecture_of
from contract.cache import LONGEST_TTL
from contract.components import Function

ENVIRONMENTS = ("local", "development", "staging", "production", "test")


REQUIRED = {
    "Configuration": ["environment"],
    "ExistingNetwork": ["vpc_id", "cidr"],
    "ExistingInstanceRole": ["role_arn", "profile_arn"],
    "GitHub": ["repository"],
}
"""What has no default: the environment, and what names something that exists already."""


def make(**values):
    return Configuration(**{"environment": "development", **values})


def models(model: type[BaseModel]) -> set[type[BaseModel]]:
    """Return a model and all models in its fields."""
    found = {model}
    for field in model.model_fields.values():
        for kind in (field.annotation, *typing.get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found |= models(kind)
    return found


@pytest.mark.parametrize("model", sorted(models(Configuration), key=lambda model: model.__name__))
def test_each_field_is_described_and_has_a_default_unless_none_can_be(model):
    assert issubclass(model, Model)
    assert [name for name, field in model.model_fields.items() if not field.description] == []
    required = [name for name, field in model.model_fields.items() if field.is_required()]
    assert required == REQUIRED.get(model.__name__, [])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_environment_is_valid_and_knows_its_name(environment):
    configuration = load(environment)

    assert configuration.environment == environment
    assert configuration.deployment_id == f"slipway-{environment}"
    assert (configuration.account == LOCAL_ACCOUNT) is (environment == "local")


def test_only_what_is_short_lived_is_destroyed_and_only_production_is_kept():
    assert {environment: load(environment).removal.value for environment in ENVIRONMENTS} == {
        "local": "destroy",
        "development": "destroy",
        "staging": "destroy",
        "production": "retain",
        "test": "destroy",
    }


def test_only_this_machine_reaches_its_own_pages():
    for environment in ENVIRONMENTS:
        allowed = load(environment).proxy.allowed_destination_networks
        assert allowed == (("127.0.0.0/8",) if environment == "local" else ())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"colour": "red"}, "Extra inputs"),
        ({"project": "Slipway"}, "project"),
        ({"account": "12345"}, "account"),
        ({"account": LOCAL_ACCOUNT}, "the emulator's account"),
        ({"environment": "local"}, "is the emulator's, and deploys nowhere else"),
        ({"tags": {"aws:owner": "me"}}, "'aws:owner'.*reserved"),
        ({"tags": {"slipway:version": "2"}}, "reserved"),
        ({"regions": ["eu-west-1"]}, "us-east-1a.*not in the regions eu-west-1"),
        ({"regions": ["us-east-1", "us-east-1"]}, "us-east-1 is there twice; name it once"),
        ({"regions": ["us-east-1", "eu-west-1"]}, "two or three are needed in region eu-west-1"),
        ({"regional": {"eu-west-1": {"network": {"cidr": "10.78.0.0/16"}}}}, "eu-west-1.*not among the regions"),
        (
            {
                "regions": ["us-east-1", "eu-west-1"],
                "network": {"zones": ["us-east-1a", "us-east-1b", "eu-west-1a", "eu-west-1b"]},
            },
            "us-east-1 and eu-west-1.*overlap.*regional.eu-west-1.network.cidr",
        ),
        ({"network": {"cidr": "10.0.0.1/16"}}, "host bits"),
        ({"network": {"cidr": "10.0.0.0/8"}}, "/16 to /24"),
        ({"network": {"zones": ["us-east-1a"]}}, "zones"),
        ({"network": {"zones": ["us-east-1a", "us-east-1a"]}}, "us-east-1a is there twice; name it once"),
        ({"fleet": {"minimum": 3, "desired": 2}}, "minimum 3, desired 2.*ascending"),
        ({"fleet": {"desired": 11}}, "desired 11, maximum 10"),
        ({"fleet": {"health_check": {"path": "info/health"}}}, "path"),
        ({"fleet": {"health_check": {"interval_seconds": 5}}}, "timeout_seconds 6 is more than interval_seconds 5"),
        ({"fleet": {"scheme": "internet-facing"}}, "allowed_client_networks"),
        ({"fleet": {"instance_types": ["t3.small"]}}, "fleet.instance_types t3.small is no arm64"),
        ({"image": {"build_instance_type": "m5.large"}}, "image.build_instance_type m5.large is no arm64"),
        ({"fleet": {"volume_gib": 8}}, "volume_gib 8 is less than image.volume_gib 12"),
        ({"image": {"ami_id": "ami-1"}}, "ami_id"),
        ({"functions": {"html_service": {"memory_mb": 64}}}, "memory_mb"),
        ({"functions": {"runtime": "python3.9"}}, "python3.12"),
        ({"dns": {"zone_name": "no dots"}}, "zone_name"),
        ({"proxy": {"port": 8081}}, "health_port 8081"),
        ({"proxy": {"port": 443}}, "proxy.port.*greater than or equal to 1024"),
        ({"proxy": {"health_port": 1023}}, "proxy.health_port.*greater than or equal to 1024"),
        ({"proxy": {"admin_port": 80}}, "proxy.admin_port.*greater than or equal to 1024"),
        ({"proxy": {"cache_ttl_seconds": LONGEST_TTL + 1}}, "less than or equal to 2678400"),
        (
            {"proxy": {"cache_ttl_seconds": 2 * 86_400}, "storage": {"cache_expiration_days": 1}},
            "cache_ttl_seconds 172800 is more than storage.cache_expiration_days 1",
        ),
        ({"proxy": {"allowed_destination_ports": []}}, "allowed_destination_ports"),
        ({"proxy": {"default_mode": "upside-down"}}, "default_mode"),
        ({"observability": {"alarm_emails": ["nobody"]}}, "a mail address"),
        ({"identity": {"permissions_boundary_arn": "boundary"}}, "permissions_boundary_arn"),
        ({"storage": {"cache_expiration_days": 0}}, "cache_expiration_days"),
    ],
)
def test_what_is_refused(values, words):
    with pytest.raises(ValidationError) as caught:
        make(**values)

    message = str(caught.value)
    assert re.search(words, message, re.DOTALL), message


def test_an_internet_facing_proxy_with_named_clients_is_fine():
    configuration = make(fleet={"scheme": "internet-facing"}, proxy={"allowed_client_networks": ["203.0.113.0/24"]})

    assert configuration.fleet.scheme.value == "internet-facing"


def test_a_page_may_live_until_the_bucket_deletes_it():
    make(proxy={"cache_ttl_seconds": LONGEST_TTL}, storage={"cache_expiration_days": 31})
    make(proxy={"cache_ttl_seconds": 86_400}, storage={"cache_expiration_days": 1})


def test_the_load_balancer_may_listen_on_any_port():
    assert make(fleet={"listeners": [{"port": 80}]}).fleet.listeners[0].port == 80


def test_configuration_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        make().project = "other"


def test_each_function_has_its_settings():
    functions = make(functions={"cache_service": {"memory_mb": 333}}).functions

    assert {function: functions.of(function).memory_mb for function in Function} == {
        Function.HTML_SERVICE: 1024,
        Function.SEMANTIC_TEXT_SERVICE: 512,
        Function.CACHE_SERVICE: 333,
        Function.PROXY_MANAGEMENT: 1024,
    }


def test_a_runtime_knows_its_version():
    assert make().functions.runtime.version == "3.12"


@pytest.mark.parametrize(
    ("instance_type", "architecture"),
    [
        ("t4g.small", Architecture.ARM64),
        ("c7gn.large", Architecture.ARM64),
        ("a1.medium", Architecture.ARM64),
        ("m8gd.xlarge", Architecture.ARM64),
        ("t3.micro", Architecture.X86_64),
        ("g5.xlarge", Architecture.X86_64),
        ("m7i-flex.large", Architecture.X86_64),
        ("c6a.large", Architecture.X86_64),
    ],
)
def test_architectures_of_instance_types(instance_type, architecture):
    assert architecture_of(instance_type) is architecture
