"""The error of a service is found in what the emulator says of it."""

from __future__ import annotations

import pytest

from emulator.faults.answers import Refusal
from emulator.strict.service_errors import refusal_in

VPC = b"""<?xml version="1.0" encoding="UTF-8"?>
<Response><Errors><Error><Code>DependencyViolation</Code><Message>The vpc &quot;v&quot; has dependencies</Message>
</Error></Errors></Response>"""
PROFILE = b"<ErrorResponse><Error><Code>EntityAlreadyExists</Code><Message>It's there</Message></Error></ErrorResponse>"


@pytest.mark.parametrize(
    ("text", "service", "refusal"),
    [
        (f"VPC delete failed: {VPC!r}", "EC2", Refusal("DependencyViolation", 400, 'The vpc "v" has dependencies')),
        (f"Profile create failed: {PROFILE!r}", "IAM", Refusal("EntityAlreadyExists", 409, "It's there")),
        (f"name: {PROFILE.decode()}", "IAM", Refusal("EntityAlreadyExists", 409, "It's there")),
        (
            """Parameter failed: b'{"__type": "com.amazonaws#ParameterNotFound", "message": "none"}'""",
            "SSM",
            Refusal("ParameterNotFound", 400, "none"),
        ),
        (
            'PublishVersion failed: {"__type": "ResourceNotFoundException", "message": "none"}',
            "Lambda",
            Refusal("ResourceNotFoundException", 404, "none"),
        ),
        ("Queue failed: b'no answer that can be read'", "SQS", None),
        ('Queue failed: {"not": "closed}', "SQS", None),
        ("Queue failed: it is there", "SQS", None),
    ],
)
def test_the_error_of_a_service_is_found(text, service, refusal):
    assert refusal_in(text, service) == refusal
