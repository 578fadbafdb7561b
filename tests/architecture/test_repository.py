"""The helpers see what they should; a rule over nothing would pass for ever."""

from tests.architecture.repository import files, imports, module, sources


def test_the_sources_are_found() -> None:
    assert "config/loader.py" in sources()
    assert not any(name.startswith(("tests/", ".venv/", "node_modules/")) for name in sources())
    assert "tests/architecture/test_repository.py" in files(".py")


def test_a_files_module_name() -> None:
    assert module("config/loader.py") == "config.loader"
    assert module("config/models/__init__.py") == "config.models"
    assert module("ami_build/proxy/slipway_proxy/boot.py") == "slipway_proxy.boot"


def test_imports_are_read_with_their_names() -> None:
    targets = {found.target for found in imports("tests/architecture/test_repository.py")}

    assert targets == {f"tests.architecture.repository.{name}" for name in ("files", "imports", "module", "sources")}
