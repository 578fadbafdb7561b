from bench.functions import measure
from bench.packages import Package
from contract.components import Function


def test_starts_and_sizes_are_measured(tmp_path):
    (tmp_path / "lambda_src" / "html_service").mkdir(parents=True)
    (tmp_path / "lambda_src" / "html_service" / "handler.py").write_text("import json")

    start, sizes = measure([Package(Function.HTML_SERVICE, tmp_path, {})], 1, lambda _: None)

    assert [each.subject for each in start.comparisons] == ["html-service"]
    assert "html-service, as ZIP archive" in [each.what for each in sizes.figures]
