"""Answers are held against botocore's descriptions; what does not fit them is found."""

from __future__ import annotations

import botocore.session
import pytest

from tests.emulated.shapes import ShapeError, check_answer


def model(service: str, operation: str):
    return botocore.session.get_session().get_service_model(service).operation_model(operation)


def test_an_answer_as_described_is_fine():
    check_answer(model("sqs", "GetQueueUrl"), 200, {"QueueUrl": "http://127.0.0.1/q", "ResponseMetadata": {}})


def test_a_member_of_a_wrong_type_is_found():
    with pytest.raises(ShapeError, match="QueueUrl"):
        check_answer(model("sqs", "GetQueueUrl"), 200, {"QueueUrl": 5})


@pytest.mark.parametrize("code", ["QueueDoesNotExist", "AccessDenied"])
def test_errors_of_the_service_and_of_all_are_fine(code):
    check_answer(model("sqs", "GetQueueUrl"), 400, {"Error": {"Code": code}})


def test_an_error_that_the_service_does_not_know_is_found():
    with pytest.raises(ShapeError, match="'Oops'"):
        check_answer(model("sqs", "GetQueueUrl"), 400, {"Error": {"Code": "Oops"}})
