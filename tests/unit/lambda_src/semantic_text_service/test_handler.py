import subprocess
import sys
from pathlib import Path

from lambda_src.semantic_text_service.handler import ENGINES, handler

ROOT = Path(__file__).parents[4]


def test_handler_answers_health():
    event = {
        "rawPath": "/info/health",
        "headers": {},
        "requestContext": {"http": {"method": "GET", "path": "/info/health"}, "requestId": "1", "stage": "$default"},
    }
    reply = handler(event, None)
    assert reply["statusCode"] == 200
    assert '"semantic-text-service"' in reply["body"]


def test_every_engine_can_be_made():
    assert [engine().name for engine in ENGINES.values()] == list(ENGINES)


def test_a_cold_start_waits_for_no_word_list_and_no_client():
    look = (
        "import sys; import lambda_src.semantic_text_service.handler; "
        "print([name for name in ('vaderSentiment', 'boto3') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"
