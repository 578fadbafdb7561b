from bench import dashboard
from bench.calls import Call, answered
from bench.routes import application
from contract import routes
from contract.components import Function
from lambda_src.shared.operations import PAGE


def test_each_page_and_form_can_be_asked_for_any_number_of_times():
    app = application(Function.PROXY_MANAGEMENT)
    change = b'{"base": 0, "settings": {"default_mode": "xxx"}}'
    answered(app, Call("PUT", routes.FLEET_SETTINGS, body=change))
    calls = list(dashboard.calls(app))

    assert {call.name for call in calls} == {
        f"{each.method} {each.path}" for each in app.operations if each.reply == PAGE
    }
    for call in calls * 2:
        answered(app, call)


def test_pages_are_those_of_somebody_who_has_signed_in():
    app = application(Function.PROXY_MANAGEMENT)
    pages = [call for call in dashboard.calls(app) if call.method == "GET"]

    shown = {call.path: answered(app, call)["body"] for call in pages}
    assert dashboard.NAME in shown["/dashboard"]
