from bench.functions import measure
from bench.packages import Package
from contract.components import Function


def test_starts_and_sizes_are_measured(tmp_path):
    (tmp_path / "lambda_src" / "proxy_management").mkdir(parents=True)
    (tmp_path / "lambda_src" / "proxy_management" / "handler.py").write_text("import json")
    (tmp_path / "lambda_src" / "shared").mkdir()
    (tmp_path / "lambda_src" / "shared" / "s3.py").write_text("class s3_client: meta = None")

    start, routes, sizes, cost = measure([Package(Function.PROXY_MANAGEMENT, tmp_path, {})], 1, lambda _: None)

    assert [each.subject for each in start.comparisons] == [
        "proxy-management",
        "proxy-management, with its client of S3",
    ]
    assert routes.title == "Routes of proxy-management"
    names = [each.what for each in sizes.figures]
    assert "layer, Python 3.12, arm64, as ZIP archive" in names
    assert "proxy-management, as ZIP archive" in names
    assert cost.title == "Cost of a million pages"
    assert all(each.usd > 0 for each in cost.figures)
