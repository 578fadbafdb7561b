"""Who may import whom. The same table in words, with its reasons, stands in docs/architecture.md."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

from tests.architecture.repository import Import, files, imports, listed, module, sources

ANYTHING = ("*",)
OWN_PACKAGES = {module(name).partition(".")[0] for name in files(".py")}


@dataclass(frozen=True)
class Rule:
    """What the Python files of one folder may import beside the standard library.

    :param own: packages of this project.
    :param others: packages of other people.
    """

    own: tuple[str, ...]
    others: tuple[str, ...] = ANYTHING


CDK_LIBRARIES = ("aws_cdk", "cdk_nag", "constructs", "jsii")
FUNCTION_LIBRARIES = (
    "aws_lambda_powertools",
    "boto3",
    "botocore",
    "itsdangerous",
    "jinja2",
    "mypy_boto3_s3",
    "pydantic",
    "pydantic_core",
    "vaderSentiment",
    "valkey",
)

STUBS = tuple(f"mypy_boto3_{name}" for name in ("autoscaling", "cloudformation", "ec2", "imagebuilder", "logs", "s3",
                                                "ssm", "sts"))  # fmt: skip

RULES = {
    "contract/": Rule(own=("contract",), others=()),
    "config/": Rule(own=("config", "contract"), others=("pydantic", "pydantic_core", "annotated_types", "yaml")),
    "constructs_lib/": Rule(own=("constructs_lib", "contract"), others=(*CDK_LIBRARIES, "yaml")),
    "stacks/": Rule(own=("stacks", "constructs_lib", "config", "contract"), others=CDK_LIBRARIES),
    "app.py": Rule(own=("config", "stacks", "constructs_lib", "contract"), others=CDK_LIBRARIES),
    "lambda_src/__init__.py": Rule(own=(), others=()),
    "lambda_src/shared/": Rule(own=("lambda_src.shared", "contract"), others=FUNCTION_LIBRARIES),
    "lambda_src/html_service/": Rule(
        own=("lambda_src.html_service", "lambda_src.shared", "contract"), others=FUNCTION_LIBRARIES
    ),
    "lambda_src/semantic_text_service/": Rule(
        own=("lambda_src.semantic_text_service", "lambda_src.shared", "contract"), others=FUNCTION_LIBRARIES
    ),
    "lambda_src/cache_service/": Rule(
        own=("lambda_src.cache_service", "lambda_src.shared", "contract"), others=FUNCTION_LIBRARIES
    ),
    "lambda_src/proxy_management/": Rule(
        own=("lambda_src.proxy_management", "lambda_src.shared", "contract"), others=FUNCTION_LIBRARIES
    ),
    "ami_build/": Rule(own=("slipway_proxy", "contract")),
    "emulator/": Rule(own=("emulator", "contract")),
    "slipway/cli/": Rule(own=("slipway", "config", "contract"), others=("typer", "rich", "yaml")),
    "slipway/adapters/": Rule(own=("slipway", "config", "contract"), others=("boto3", "botocore", *STUBS)),
    "slipway/engine/bills/": Rule(own=("slipway", "config", "contract"), others=("debian_inspector", "packaging")),
    "slipway/": Rule(own=("slipway", "config", "contract"), others=()),
    "local/": Rule(own=("local", "emulator", "config", "contract")),
    "ci/": Rule(own=("ci", "config", "contract")),
    "bench/unruled.py": Rule(own=("app", "stacks"), others=CDK_LIBRARIES),
    "bench/html.py": Rule(own=("bench", "lambda_src", "contract"), others=FUNCTION_LIBRARIES),
    "bench/texts.py": Rule(own=("bench", "lambda_src", "contract"), others=FUNCTION_LIBRARIES),
    "bench/memory.py": Rule(own=("bench", "lambda_src", "contract"), others=FUNCTION_LIBRARIES),
    "bench/calls.py": Rule(own=("bench", "lambda_src"), others=FUNCTION_LIBRARIES),
    "bench/dashboard.py": Rule(own=("bench", "lambda_src", "contract"), others=()),
    "bench/routes.py": Rule(own=("bench", "lambda_src", "contract"), others=FUNCTION_LIBRARIES),
    "bench/": Rule(own=("bench", "local", "emulator", "config", "contract")),
}
"""By folder; a file belongs to the first that its path starts with."""

AWS_LIBRARIES = ("boto3", "botocore", "s3transfer")
MAY_TALK_TO_AWS = (
    "bench/emulators.py",
    "ci/aws.py",
    "emulator/",
    "lambda_src/shared/s3.py",
    "lambda_src/shared/tracing.py",
    "lambda_src/html_service/text_service.py",
    "local/image/deployment.py",
    "local/image/s3.py",
    "lambda_src/cache_service/s3_store.py",
    "lambda_src/proxy_management/s3_store.py",
    "lambda_src/proxy_management/users_secret.py",
    "lambda_src/semantic_text_service/comprehend.py",
    "slipway/adapters/",
    "ami_build/proxy/slipway_proxy/deployment.py",
    "ami_build/proxy/slipway_proxy/signing.py",
    "ami_build/proxy/slipway_proxy/boot.py",
    "ami_build/proxy/slipway_proxy/proxy.py",
    "ami_build/proxy/slipway_proxy/health/__main__.py",
    "ami_build/proxy/slipway_proxy/edit_users.py",
    "ami_build/proxy/slipway_proxy/group.py",
    "ami_build/proxy/slipway_proxy/health/users.py",
)
"""Adapters, which translate AWS's errors, and the entry points that hand them a session. All else works on values."""


def rule_for(name: str) -> Rule | None:
    return next((rule for folder, rule in RULES.items() if name.startswith(folder)), None)


def is_allowed(found: Import, rule: Rule) -> bool:
    package = found.target.partition(".")[0]
    if package in sys.stdlib_module_names:
        return True
    allowed = rule.own if package in OWN_PACKAGES else rule.others
    return allowed == ANYTHING or found.is_of(*allowed)


def test_every_source_has_a_rule() -> None:
    lawless = [name for name in sources() if rule_for(name) is None]

    assert lawless == [], f"say in RULES what these may import: {listed(lawless)}"


@pytest.mark.parametrize("folder", RULES)
def test_a_folder_imports_only_what_it_may(folder: str) -> None:
    rule = RULES[folder]
    mine = [name for name in sources() if rule_for(name) is rule]

    wrong = [found for name in mine for found in imports(name) if not is_allowed(found, rule)]

    assert wrong == [], f"{folder} may import {rule.own} and of others {rule.others}; {listed(wrong)}"


def test_only_adapters_talk_to_aws() -> None:
    outside = [name for name in sources() if not name.startswith(MAY_TALK_TO_AWS)]

    wrong = [found for name in outside for found in imports(name) if found.is_of(*AWS_LIBRARIES)]

    assert wrong == [], f"boto3 stands in adapters only {MAY_TALK_TO_AWS}; {listed(wrong)}"


def test_the_list_of_adapters_holds_no_dead_names() -> None:
    dead = [place for place in MAY_TALK_TO_AWS if not any(name.startswith(place) for name in sources())]

    assert dead == []


def test_logic_never_imports_handlers() -> None:
    """A function's handler parses and shapes; whoever imports it gets the whole function with it."""
    handlers = tuple(module(name) for name in sources() if name.endswith("/handler.py"))

    wrong = [found for name in sources() for found in imports(name) if found.is_of(*handlers)]

    assert handlers
    assert wrong == [], listed(wrong)


def test_proxy_and_health_application_keep_their_environments_apart() -> None:
    """They run in two virtual environments, because mitmproxy pins much of what FastAPI needs otherwise."""
    health = "ami_build/proxy/slipway_proxy/health/"
    absent = {True: ("mitmproxy",), False: ("fastapi", "starlette", "uvicorn", "pydantic")}

    wrong = [
        found
        for name in sources()
        if name.startswith("ami_build/")
        for found in imports(name)
        if found.is_of(*absent[name.startswith(health)])
    ]

    assert wrong == [], listed(wrong)


def test_no_package_shadows_the_constructs_library() -> None:
    assert "constructs" not in OWN_PACKAGES


@pytest.mark.parametrize(
    ("target", "is_fine"),
    [
        ("json", True),
        ("config.models.Fleet", True),
        ("contract", True),
        ("stacks.proxy_platform", False),
        ("pydantic.Field", True),
        ("pydantically", False),
        ("boto3", False),
    ],
)
def test_the_rules_can_tell_right_from_wrong(target: str, is_fine: bool) -> None:
    assert is_allowed(Import("config/x.py", 1, target), RULES["config/"]) is is_fine
