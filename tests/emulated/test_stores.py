"""The emulator says how much it holds."""

from __future__ import annotations


def test_what_is_made_is_counted(emulator, client):
    name = "ministack.services.sqs._queues"
    before = emulator.control("stores").get(name, 0)
    url = client("sqs").create_queue(QueueName="counted")["QueueUrl"]

    assert emulator.control("stores")[name] > before

    client("sqs").delete_queue(QueueUrl=url)
    assert emulator.control("stores").get(name, 0) == before
