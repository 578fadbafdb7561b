import pytest

from tests.unit.lambda_src.proxy_management.memory import MemoryStore


@pytest.fixture
def store():
    return MemoryStore()
