"""Python runs this before anything else when this folder is on its path: whoever makes a socket ends the process."""

import os
import sys

STATUS = 98


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith("socket."):
        os.write(2, f"a socket: {event} {arguments}\n".encode())
        os._exit(STATUS)


sys.addaudithook(_refuse)
