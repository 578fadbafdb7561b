"""An export has one owner, and stays as it is while another stack imports it, as on AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulated.conftest import Client, Stack


def name_of(stack: Stack) -> str:
    return f"{stack.name}-shared"


def exporting(stack: Stack, value: str | None, name: str | None = None) -> dict[str, Any]:
    export = {"Value": value, "Export": {"Name": name or name_of(stack)}}
    return {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"Name": export} if value else {}}


def reader(value: object) -> dict[str, Any]:
    return {"Read": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}}


@pytest.fixture
def other(stack: Stack, client: Client) -> Iterator[Stack]:
    made = Stack(f"{stack.name}-other", client("cloudformation"))
    yield made
    made.delete()


@pytest.fixture
def importing(stack: Stack, other: Stack) -> Stack:
    """A stack that imports what `stack` exports."""
    stack.apply(exporting(stack, "first"))
    other.put(reader({"Fn::ImportValue": name_of(stack)}))
    return other


def exported(client: Client, stack: Stack) -> str | None:
    pages = client("cloudformation").get_paginator("list_exports").paginate()
    exports = {export["Name"]: export["Value"] for page in pages for export in page["Exports"]}
    return exports.get(name_of(stack))


REMOVED = "Delete canceled. Cannot delete export {name} as it is in use by {importer}."
CHANGED = "Export {name} cannot be updated as it is in use by {importer}"


@pytest.mark.behaviour("CloudFormation", "an export that another stack imports can be neither changed nor removed")
@pytest.mark.parametrize(
    ("value", "name", "reason"), [("second", None, CHANGED), (None, None, REMOVED), ("first", "renamed", REMOVED)]
)
def test_an_imported_export_can_be_neither_changed_nor_removed(stack, importing, client, value, name, reason):
    stack.apply(exporting(stack, value, name and f"{stack.name}-{name}"))

    assert stack.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert reason.format(name=name_of(stack), importer=importing.name) in stack.reasons()
    assert exported(client, stack) == "first"


@pytest.mark.behaviour("CloudFormation", "a stack is not deleted while another imports from it")
def test_a_stack_that_others_import_from_is_not_deleted(stack, importing, client):
    cloudformation = client("cloudformation")

    cloudformation.delete_stack(StackName=stack.name)

    described = cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
    assert described["StackStatus"] == "CREATE_COMPLETE"
    assert described["StackStatusReason"] == REMOVED.format(name=name_of(stack), importer=importing.name)
    assert importing.delete() in (None, "DELETE_COMPLETE")
    assert stack.delete() in (None, "DELETE_COMPLETE")
    assert exported(client, stack) is None


@pytest.mark.behaviour("CloudFormation", "an export may change when no other stack imports it any more")
def test_an_export_may_change_when_no_other_stack_imports_it_any_more(stack, importing):
    importing.put(reader("of its own"))

    stack.apply(exporting(stack, "second"))

    assert stack.status() == "UPDATE_COMPLETE"


@pytest.mark.behaviour("CloudFormation", "the rest of a stack that others import from may change")
def test_the_rest_of_an_exporting_stack_may_change(stack, importing):
    template = exporting(stack, "first")
    template["Resources"]["Other"] = {"Type": "AWS::SNS::Topic"}

    stack.apply(template)

    assert stack.status() == "UPDATE_COMPLETE"


@pytest.mark.behaviour("CloudFormation", "a name is exported by one stack only, until that gives it up")
def test_a_name_is_exported_by_one_stack_only(stack, other, client):
    stack.apply(exporting(stack, "mine"))

    other.apply(exporting(stack, "yours"))

    assert other.status() == "ROLLBACK_COMPLETE"
    assert f"Export with name {name_of(stack)} is already exported by stack {stack.name}" in other.reasons()
    assert exported(client, stack) == "mine"

    stack.apply(exporting(stack, "mine", f"{stack.name}-another"))
    other.delete()
    other.apply(exporting(stack, "yours"))
    assert exported(client, stack) == "yours"
    stack.delete()
    assert exported(client, stack) == "yours"


def test_a_stack_exports_a_name_once(stack):
    template = exporting(stack, "once")
    template["Outputs"]["Again"] = {"Value": "twice", "Export": {"Name": name_of(stack)}}

    stack.apply(template)

    assert stack.status() == "ROLLBACK_COMPLETE"
