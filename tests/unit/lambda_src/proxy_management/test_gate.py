"""Who asks, and whether a form is one of ours: each guard refuses by itself."""

import pytest

from contract.headers import ADMIN_ORIGIN
from lambda_src.proxy_management.gate import LONGEST_FORM_BYTES, Gate, Visitor
from lambda_src.proxy_management.sessions import Sessions, new_id
from lambda_src.shared.errors import ForbiddenError, InvalidInputError, UnauthorisedError
from tests.unit.lambda_src.proxy_management.people import ACCESS, ORIGIN, PASSWORD

ARN = "arn:aws:iam::123456789012:user/dave"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def gate():
    return Gate(Sessions(lambda: ACCESS, lambda: 1_800_000_000.0), "test")


@pytest.fixture
def token(gate):
    return gate.sessions.sign_in("alice", PASSWORD)


def event(*, method="GET", cookies=(), **headers):
    return {
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "cookies": list(cookies),
        "requestContext": {
            "domainName": "id.lambda-url.eu-west-1.on.aws",
            "http": {"method": method},
            "authorizer": {"iam": {"userArn": ARN}},
        },
    }


def at_port(**more):
    return event(**{ADMIN_ORIGIN.replace("-", "_"): ORIGIN}, **more)


def test_a_program_is_who_signed_its_request(gate):
    assert gate.identify(event()) == ARN
    assert gate.identify(event(method="PUT")) == ARN


def test_who_comes_through_the_admin_port_or_with_a_session_has_to_be_signed_in(gate, token):
    session = f"slipway-test-session={token}"
    for known in (at_port(cookies=[session]), event(cookies=[session]), at_port(cookie=f"a=b; {session}")):
        assert gate.identify(known) == "alice"
    for unknown in (at_port(), at_port(cookies=["slipway-test-session=x"]), event(cookies=["slipway-test-session="]),
                    at_port(cookies=[f"slipway-other-session={token}"])):  # fmt: skip
        with pytest.raises(UnauthorisedError):
            gate.identify(unknown)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_a_browser_changes_nothing_but_with_forms(gate, token, method):
    with pytest.raises(ForbiddenError, match="with the form"):
        gate.identify(at_port(method=method, cookies=[f"slipway-test-session={token}"]))


@pytest.mark.parametrize(
    ("origin", "is_secure"),
    [("http://localhost:8082", False), ("http://127.0.77.10:8082", False), ("http://[::1]:8082", False),
     ("https://localhost:8082", True), ("http://proxy.example.org", True), ("http://10.0.0.1:8082", True),
     ("http://127.0.0.1.example.org", True), ("nonsense", True)],
)  # fmt: skip
def test_cookies_go_through_tls_only_unless_they_stay_on_the_machine(gate, origin, is_secure):
    visitor = gate.visitor(event(**{ADMIN_ORIGIN.replace("-", "_"): origin}))
    assert visitor.is_secure == is_secure
    for cookie in (gate.form_cookie(visitor), *gate.session_cookies(visitor, "alice", "t"), *gate.forgetting(visitor)):
        text = str(cookie)
        assert ("; Secure" in text) == is_secure
        assert "; HttpOnly" in text
        assert "; SameSite=Strict" in text
        assert "; Path=/;" in text
        assert "Domain" not in text


def test_nobody_chooses_the_id_of_a_session_or_of_a_form(gate, token):
    given = new_id()
    visitor = gate.visitor(at_port(cookies=[f"slipway-test-form={given}"]))
    assert (visitor.form_id, visitor.is_new) == (given, False)
    signed_in = gate.visitor(at_port(cookies=[f"slipway-test-form={given}", f"slipway-test-session={token}"]))
    assert signed_in.form_id == signed_in.session.id != given
    for odd in ("", "x", "a" * 5000, "ä" * 22):
        assert gate.visitor(at_port(cookies=[f"slipway-test-form={odd}"])).form_id != odd


@pytest.fixture
def visitor():
    return Visitor(None, new_id(), is_new=False, is_secure=False)


def form(gate, visitor, *, token=None, body="", **headers):
    own = gate.sessions.form_token(visitor.form_id) if token is None else token
    given = {"origin": ORIGIN, "content_type": FORM, **headers}
    sent = at_port(method="POST", **{name: value for name, value in given.items() if value is not None})
    return gate.form(sent, visitor, f"form-token={own}&{body}".encode())


def test_a_form_of_ours_is_read(gate, visitor):
    fields = form(gate, visitor, body="note=a+b%26c&empty=&twice=1&twice=2", content_type=f"{FORM}; charset=UTF-8")
    assert fields == {"note": "a b&c", "empty": "", "twice": "2"}


@pytest.mark.parametrize(
    "origin",
    [None, "", "null", "http://localhost:8083", "https://localhost:8082", "http://attacker.test", f"{ORIGIN}/"],
)
def test_a_form_from_elsewhere_is_refused_though_its_token_is_right(gate, visitor, origin):
    with pytest.raises(ForbiddenError, match="did not come from a page of this dashboard"):
        form(gate, visitor, origin=origin)


def test_a_form_of_ours_is_refused_without_the_token_of_this_session_though_its_origin_is_right(gate, visitor):
    other = gate.sessions.form_token(new_id())
    for token in ("", "x", other, visitor.form_id):
        with pytest.raises(ForbiddenError, match="too old, or was made for somebody else"):
            form(gate, visitor, token=token)


@pytest.mark.parametrize("origin", [None, "", "nonsense"])
def test_where_the_own_origin_cannot_be_told_no_form_is_taken(gate, visitor, origin):
    sent = {"content_type": FORM, **({} if origin is None else {"origin": origin})}
    strange = event(method="POST", **sent, **{ADMIN_ORIGIN.replace("-", "_"): "nonsense"})
    with pytest.raises(ForbiddenError, match="did not come from a page of this dashboard"):
        gate.form(strange, visitor, f"form-token={gate.sessions.form_token(visitor.form_id)}".encode())


@pytest.mark.parametrize(
    ("body", "content_type", "problem"),
    [
        ("", "text/plain", "no form; application/x-www-form-urlencoded is allowed"),
        ("", "application/json", "no form"),
        ("x" * LONGEST_FORM_BYTES, FORM, "at most 65536 are accepted"),
        ("a=%ff", FORM, "cannot be read"),
        ("&".join("a=1" for _ in range(300)), FORM, "cannot be read"),
    ],
)
def test_what_is_no_form_is_told(gate, visitor, body, content_type, problem):
    with pytest.raises(InvalidInputError, match=problem):
        form(gate, visitor, body=body, content_type=content_type)
