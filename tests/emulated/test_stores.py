"""The emulator says how much it holds."""

from __future__ import annotations


def test_what_is_made_is_counted(emulator, client):
    name = "ministack.services.sqs._queues"
    before = emulator.control("stores").get(name, 0)
    url = client("sqs").create_queue(QueueName="counted")["QueueUrl"]

    assert emulator.control("stores")[name] > before

    client("sqs").delete_queue(QueueUrl=url)
    assert emulator.control("stores").get(name, 0) == before


def test_values_of_metrics_are_counted(emulator, client):
    def counted() -> int:
        return emulator.control("stores").get("emulator.plugin.metrics._stores", 0)

    before = counted()
    data = [{"MetricName": "Pages", "Value": 1, "Dimensions": [{"Name": "n", "Value": str(n)}]} for n in range(20)]
    client("cloudwatch").put_metric_data(Namespace="Counted", MetricData=data)

    assert counted() >= before + 20
