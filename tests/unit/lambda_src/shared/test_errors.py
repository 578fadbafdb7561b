import pytest

from lambda_src.shared.errors import Detail, InvalidInputError, NotFoundError, ServiceError, UnavailableError


def test_error_as_json():
    error = InvalidInputError("bad", "it is bad", [Detail("body.x", "too big", 3, 2)])
    detail = {"path": "body.x", "message": "too big", "value": 3, "allowed": 2}
    assert error.to_dict() == {"error": {"code": "bad", "message": "it is bad", "details": [detail]}}
    assert str(error) == "it is bad"


@pytest.mark.parametrize(
    ("kind", "status"), [(ServiceError, 500), (InvalidInputError, 422), (NotFoundError, 404), (UnavailableError, 503)]
)
def test_status(kind, status):
    assert kind("code", "message").status == status
