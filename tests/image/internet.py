"""The internet of an instance, with functions that change pages. It takes what `local.image.internet` takes."""

import asyncio
import sys
from pathlib import Path

from local.image import internet
from tests.proxy.services import FakeFunctions

if __name__ == "__main__":
    asyncio.run(internet.serve(Path(sys.argv[1]), sys.argv[2], FakeFunctions().application()))
