"""The emulator's front door."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.parse
import urllib.request

import pytest

from emulator.control import HEADER
from tests.emulated.test_functions import call, url_resources


def test_health_path_is_no_longer_answered_by_the_emulator(emulator):
    try:
        with urllib.request.urlopen(f"{emulator.endpoint_url}/health") as reply:
            status = reply.status
    except urllib.error.HTTPError as error:
        with error:
            status = error.code

    assert status != 200


@pytest.mark.behaviour("Lambda", "the path /health of an address reaches the function", aws=False)
def test_health_path_reaches_the_function(stack):
    url = stack.put(url_resources(), {"Url": {"Fn::GetAtt": ["Url", "FunctionUrl"]}})["Url"]

    _status, seen = call(f"{url}health", signed=True)

    assert seen["path"] == "/health"


def ask(emulator, path, method="POST", **headers):
    """Send a request as a browser could and return status, header fields and text of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=10)
    try:
        connection.request(method, path, None, {name.replace("_", "-"): value for name, value in headers.items()})
        reply = connection.getresponse()
        return reply.status, {name.lower() for name, _value in reply.getheaders()}, reply.read().decode()
    finally:
        connection.close()


def creation(name):
    """Return a path that makes a user for whoever can send it: the key decides, and its signature is not asked for."""
    query = {
        "Action": "CreateUser", "UserName": name, "Version": "2010-05-08", "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": "test/20260101/us-east-1/iam/aws4_request", "X-Amz-Date": "20260101T000000Z",
        "X-Amz-SignedHeaders": "host", "X-Amz-Signature": "0" * 64,
    }  # fmt: skip
    return "?" + urllib.parse.urlencode(query)


@pytest.mark.behaviour("The emulator itself", "no page that a browser shows can call it", aws=False)
def test_programs_can_call_the_emulator_and_pages_cannot(emulator, client):
    users = client("iam")
    for path in ("/", "/_aws/lambda-url/", "/_aws/lambda-url/x", "/_aws/execute-api/x"):
        for method in ("GET", "POST"):
            ask(emulator, path + creation("page"), method, Origin="https://evil.example", Content_Type="text/plain")
    ask(emulator, "/" + creation("program"), Content_Type="text/plain")

    made = {user["UserName"] for user in users.list_users()["Users"]}
    users.delete_user(UserName="program")
    assert "program" in made
    assert "page" not in made


def test_a_page_is_told_why_it_is_refused(emulator):
    status, names, text = ask(emulator, "/", Origin="https://evil.example")
    assert (status, text) == (
        403, "a page of 'https://evil.example' must not call the embedded AWS; only programs of this machine may\n",
    )  # fmt: skip
    assert not any(name.startswith("access-control-") for name in names)

    assert ask(emulator, "/", "OPTIONS", Origin="https://evil.example")[0] == 403
    assert ask(emulator, "/", "GET", Sec_Fetch_Site="cross-site")[0] == 403


def test_no_page_may_read_an_answer(emulator):
    path = "/?Action=GetCallerIdentity&Version=2011-06-15"

    _status, names, _text = ask(emulator, path)

    assert not any(name.startswith("access-control-") for name in names)


def test_a_name_that_a_stranger_leads_here_is_refused(emulator):
    assert ask(emulator, "/", Host=f"evil.example:{emulator.port}")[0] == 403
    assert ask(emulator, "/_slipway/types", **{HEADER: "1"}, Host=f"evil.example:{emulator.port}")[0] == 403
    assert ask(emulator, "/_slipway/types", **{HEADER: "1"}, Host="s3.amazonaws.com")[0] == 403
    assert ask(emulator, "/_slipway/types", **{HEADER: "1"}, Host=f"localhost:{emulator.port}")[0] == 200
