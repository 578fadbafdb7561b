"""The lines that Lambda itself writes, in its own form."""

from __future__ import annotations

from dataclasses import replace

from emulator.functions.report import Call, log_lines, too_large_request, too_large_response

CALL = Call("id-1", "$LATEST", 128, seconds=0.0123, peak_mb=34)


def test_what_the_function_prints_stands_between_start_and_end():
    assert log_lines(CALL, ["hello"]) == [
        "START RequestId: id-1 Version: $LATEST",
        "hello",
        "END RequestId: id-1",
        "REPORT RequestId: id-1\tDuration: 12.30 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 34 MB\t",
    ]


def test_a_cold_start_is_shown_and_billed():
    report = log_lines(replace(CALL, initialisation_seconds=0.1), [])[-1]

    assert "\tInit Duration: 100.00 ms\t" in report
    assert "\tBilled Duration: 113 ms\t" in report


def test_the_end_of_a_process_is_said_before_the_end_of_the_call():
    assert log_lines(CALL, ["a"], "Task timed out")[1:4] == ["a", "Task timed out", "END RequestId: id-1"]


def test_limits_are_said_in_lambdas_words():
    assert too_large_request(6291456)["message"].startswith("Request must be smaller than 6291456 bytes")
    assert "(6291556 bytes)" in too_large_response()["errorMessage"]
