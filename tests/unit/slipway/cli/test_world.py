"""The world as the command finds it: AWS's library is loaded by those commands only that call AWS."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

from config import load
from slipway.cli.world import World
from slipway.wiring import deployment_of


def test_images_are_worked_on_with_the_parts_that_call_aws():
    world = World(environ={}, now=lambda: datetime.now(UTC))

    assert world.image_site(load("development"), print).deployment == deployment_of(load("development"))


def test_other_commands_do_without_the_library_of_aws():
    program = "import sys, slipway.cli.app; sys.exit('boto3' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
