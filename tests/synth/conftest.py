"""Each environment is synthesised once for all tests of the session, when the first test asks for it."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest

from tests.synth.assemblies import Assembly, Template, synthesise


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Assembly]:
    """Return the assembly of an environment."""

    @functools.cache
    def get(environment: str) -> Assembly:
        return synthesise(environment, tmp_path_factory.mktemp(environment), without=())

    return get


@pytest.fixture
def production(assembly: Callable[[str], Assembly]) -> Callable[[str], Template]:
    """Return a template of the production environment, by the stack's short name."""
    return assembly("production").template


@pytest.fixture
def local(assembly: Callable[[str], Assembly]) -> Callable[[str], Template]:
    """Return a template of the local environment, by the stack's short name."""
    return assembly("local").template
