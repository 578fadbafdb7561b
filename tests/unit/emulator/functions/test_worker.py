"""The worker words its answers as Lambda's own runtime does."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

import pytest

from emulator.functions.worker import HandlerError, as_json, extend_path, fault, load, peak_kilobytes


@pytest.fixture
def modules(tmp_path: Path):
    """A folder on the path; the path and the modules are as before afterwards."""
    path, known = list(sys.path), set(sys.modules)
    sys.path.insert(0, str(tmp_path))
    yield tmp_path
    sys.path[:] = path
    for name in set(sys.modules) - known:
        del sys.modules[name]


def test_the_handler_of_a_nested_module_is_found_in_both_spellings(modules):
    (modules / "nested").mkdir()
    (modules / "nested" / "deep.py").write_text("def handler(event, context): return event\n")

    assert load("nested/deep.handler")("e", None) == "e"
    assert load("nested.deep.handler")("e", None) == "e"


@pytest.mark.parametrize(
    ("name", "source", "error_type", "message"),
    [
        ("w_none.handler", None, "Runtime.ImportModuleError", "import module 'w_none': No module named 'w_none'"),
        ("w_dep.handler", "import w_other", "Runtime.ImportModuleError", "No module named 'w_other'"),
        ("w_syntax.handler", "def (", "Runtime.UserCodeSyntaxError", "Syntax error in module 'w_syntax'"),
        ("w_empty.handler", "", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'w_empty'"),
        ("handler", None, "Runtime.MalformedHandlerName", "Bad handler 'handler'"),
    ],
)  # fmt: skip
def test_a_handler_that_cannot_be_loaded_is_named(modules, name, source, error_type, message):
    if source is not None:
        (modules / f"{name.partition('.')[0]}.py").write_text(source)

    with pytest.raises(HandlerError, match=message) as caught:
        load(name)

    assert fault(caught.value, "id") == {
        "errorMessage": str(caught.value), "errorType": error_type, "requestId": "id", "stackTrace": [],
    }  # fmt: skip


def test_an_exception_is_answered_with_its_type_and_the_functions_own_frames(modules):
    (modules / "w_raises.py").write_text("def handler(event, context):\n    raise KeyError('gone')\n")
    with pytest.raises(KeyError) as caught:
        load("w_raises.handler")(None, None)

    answer = fault(caught.value, "id")

    assert (answer["errorType"], answer["errorMessage"]) == ("KeyError", "'gone'")
    assert answer["stackTrace"][-1].endswith(", line 2, in handler\n    raise KeyError('gone')\n")


def test_results_become_json():
    assert as_json({"a": [1, Decimal("1.5"), None]}) == '{"a": [1, 1.5, null]}'


@pytest.mark.parametrize("result", [{1, 2}, b"bytes", object()])
def test_results_that_are_no_json_are_refused(result):
    with pytest.raises(HandlerError, match=r"Unable to marshal response: .* is not JSON serializable") as caught:
        as_json(result)

    assert caught.value.error_type == "Runtime.MarshalError"


def test_the_path_is_code_then_layers_then_runtime(modules):
    before = list(sys.path)

    extend_path("/code", ["/layer-2", "/layer-1"])

    assert sys.path == ["/code", "/layer-2", "/layer-1", *before]


def test_memory_is_known():
    assert peak_kilobytes() > 1000
