"""`systemctl` on a local instance: passes the command on to the machine's process.

It runs on its own, without the project on its path.

Usage: systemctl.py ROOT VERB [UNIT ...]
"""

import json
import os
import socket
import sys


def main(arguments: list[str]) -> int:
    """Do one command and return its exit status."""
    root, *words = arguments
    verb, *units = [word for word in words if not word.startswith("-")] or ["status"]
    os.chdir(root)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect("systemctl.sock")
        with connection.makefile("rw") as stream:
            stream.write(json.dumps({"verb": verb, "units": units}) + "\n")
            stream.flush()
            reply = json.loads(stream.readline())
    if reply["text"]:
        (sys.stdout if reply["status"] == 0 else sys.stderr).write(f"{reply['text']}\n")
    return int(reply["status"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
