from lambda_src.html_service.handler import handler


def test_handler_answers_health():
    event = {
        "rawPath": "/info/health",
        "headers": {},
        "requestContext": {"http": {"method": "GET", "path": "/info/health"}, "requestId": "1", "stage": "$default"},
    }
    reply = handler(event, None)
    assert reply["statusCode"] == 200
    assert '"html-service"' in reply["body"]
