"""Names of stacks and functions, in the forms that paths, keys and packages need."""

from contract.components import Function, Stack


def test_a_functions_package_is_a_python_name() -> None:
    assert [function.package for function in Function] == [
        "html_service",
        "semantic_text_service",
        "cache_service",
        "proxy_management",
    ]


def test_a_functions_camel_case_form() -> None:
    assert Function.SEMANTIC_TEXT_SERVICE.pascal == "SemanticTextService"


def test_the_stacks_stand_in_dependency_order() -> None:
    assert " ".join(Stack) == "identity storage network image functions dns fleet records observability"
