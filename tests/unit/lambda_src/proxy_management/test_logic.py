from lambda_src.proxy_management.logic import Summary, Totals


def test_nothing_reported():
    assert Summary(Totals(), 0, None).totals.requests == 0
