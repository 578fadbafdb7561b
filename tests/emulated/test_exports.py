"""Exports that another stack imports stay as they are, as on AWS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulated.conftest import Client, Stack

IMPORTED = {"Fn::ImportValue": "shared-name"}


@pytest.fixture
def importing(stack: Stack, client: Client) -> Iterator[Stack]:
    """A stack that imports what `stack` exports."""
    stack.apply(exporting("first"))
    made = Stack(f"{stack.name}-reader", client("cloudformation"))
    made.put(reader(IMPORTED))
    yield made
    made.delete()


def exporting(value: str | None) -> dict:
    outputs = {"Name": {"Value": value, "Export": {"Name": "shared-name"}}} if value else {}
    return {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": outputs}


def reader(value: object) -> dict:
    return {"Read": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}}


@pytest.mark.parametrize(("value", "refused"), [("second", "updated"), (None, "deleted")])
@pytest.mark.behaviour("CloudFormation", "an export that another stack imports can be neither changed nor removed")
def test_an_imported_export_can_be_neither_changed_nor_removed(stack, importing, client, value, refused):
    stack.apply(exporting(value))

    reason = f"Export shared-name cannot be {refused} as it is in use by {importing.name}"
    assert stack.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert reason in stack.reasons()
    # Other tests' stacks stand in the same account, and may export too.
    exports = {export["Name"]: export["Value"] for export in client("cloudformation").list_exports()["Exports"]}
    assert exports["shared-name"] == "first"


@pytest.mark.behaviour("CloudFormation", "an export may change when no stack imports it any more")
def test_an_export_may_change_when_no_other_stack_imports_it_any_more(stack, importing):
    importing.put(reader("of its own"))

    stack.apply(exporting("second"))

    assert stack.status() == "UPDATE_COMPLETE"


@pytest.mark.behaviour("CloudFormation", "the rest of a stack whose export is imported may change")
def test_the_rest_of_an_exporting_stack_may_change(stack, importing):
    template = exporting("first")
    template["Resources"]["Other"] = {"Type": "AWS::SNS::Topic"}

    stack.apply(template)

    assert stack.status() == "UPDATE_COMPLETE"
