"""Schemas are found by type and region."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emulator.strict.registry import Registry, installed


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    (tmp_path / "providers").mkdir()
    (tmp_path / "resources").mkdir()
    for region, index in {"us-east-1": {"A::B::C": "one"}, "eu-north-1": {"A::B::C": "two"}}.items():
        (tmp_path / "providers" / f"{region}.json").write_text(json.dumps(index))
    for name in ("one", "two"):
        (tmp_path / "resources" / f"{name}.json").write_text(json.dumps({"name": name, "description": "a text"}))
    return Registry(tmp_path)


@pytest.mark.parametrize(("region", "name"), [("us-east-1", "one"), ("eu-north-1", "two"), ("xx-new-1", "one")])
def test_a_region_has_its_own_schemas_or_those_of_the_first(registry: Registry, region: str, name: str) -> None:
    assert registry.schema("A::B::C", region) == {"name": name}


def test_a_type_may_be_unknown(registry: Registry) -> None:
    assert registry.schema("Custom::Thing", "us-east-1") is None


def test_without_cfn_lint_the_set_up_is_asked_for() -> None:
    """The tests' own environment has none."""
    with pytest.raises(ModuleNotFoundError, match="make setup"):
        installed()
