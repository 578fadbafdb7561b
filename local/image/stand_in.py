"""A package in the place of the CloudWatch agent's, signed with a key of its own and served on loopback.

The component fetches and verifies it just as it does AWS's; what is in it does nothing. So a build needs no way to AWS,
and what happens with a wrong signature can be tried.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from local.image.actions import ActionError, Machine

FINGERPRINT = "fingerprint"

# Options as in cmd/config-translator of https://github.com/aws/amazon-cloudwatch-agent; like the agent's schema, it
# knows which settings there are, but only as many of them as we use.
_TRANSLATOR = r"""#!/usr/bin/env python3
import argparse, json, os, sys

JOURNAL = {"log_group_name": str, "log_stream_name": str, "units": list}
DIMENSIONS = {"AutoScalingGroupName": str}
KNOWN = {
    "agent": {"run_as_user": str, "omit_hostname": bool, "metrics_collection_interval": int},
    "metrics": {
        "namespace": str,
        "aggregation_dimensions": list,
        "metrics_collected": {
            "mem": {"measurement": list, "append_dimensions": DIMENSIONS},
            "disk": {"measurement": list, "resources": list, "drop_device": bool, "append_dimensions": DIMENSIONS},
            "procstat": [{"pattern": str, "measurement": list, "append_dimensions": DIMENSIONS}],
        },
    },
    "logs": {"logs_collected": {"journald": {"collect_list": [JOURNAL]}}},
}


def check(value, known, path):
    if isinstance(known, type):
        if not isinstance(value, known):
            sys.exit(f"Under path : {path} | Error : Invalid type. Expected: {known.__name__}")
    elif isinstance(known, list):
        check(value, list, path)
        for each in value:
            check(each, known[0], path)
    else:
        check(value, dict, path)
        for name, each in value.items():
            if name not in known:
                sys.exit(f"Under path : {path} | Error : Additional property {name} is not allowed")
            check(each, known[name], f"{path}/{name}")


parser = argparse.ArgumentParser()
for name in ("input", "input-dir", "output"):
    parser.add_argument(f"--{name}", required=True)
parser.add_argument("--mode", choices=["ec2", "auto"], required=True)
parser.add_argument("--multi-config", default="remove", choices=["default", "append", "remove"])
parser.add_argument("--config")
options = parser.parse_args()
os.listdir(options.input_dir)
with open(options.input) as file:
    check(json.load(file), KNOWN, "")
with open(options.output, "w") as file:
    file.write("")
"""

# Run in a system that has dpkg; gpg it gets from its own archive.
_MAKE = r"""
set -eu
export DEBIAN_FRONTEND=noninteractive
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v gpg >/dev/null || { apt-get -q update && apt-get -q -y --no-install-recommends install gpg gpg-agent; } >&2
architecture=$(dpkg --print-architecture)
package=$work/package
bin=/opt/aws/amazon-cloudwatch-agent/bin
units=$package/lib/systemd/system
mkdir -p "$package/DEBIAN" "$units" "$package$bin"
printf '%s\n' 'Package: amazon-cloudwatch-agent' "Version: $1-1" "Architecture: $architecture" \
  'Maintainer: nobody <nobody@localhost>' 'Description: stands in for the CloudWatch agent' > "$package/DEBIAN/control"
printf '%s\n' '#!/bin/sh' 'set -e' 'getent passwd cwagent >/dev/null ||' \
  '  useradd --system --no-create-home --shell /usr/sbin/nologin cwagent' > "$package/DEBIAN/preinst"
printf '%s\n' '[Unit]' 'Description=Stands in for the CloudWatch agent' '[Service]' \
  "ExecStart=$bin/start-amazon-cloudwatch-agent" '[Install]' 'WantedBy=multi-user.target' \
  > "$units/amazon-cloudwatch-agent.service"
# As the agent's own: it has its configuration translated first, and does not start with one that it does not know.
printf '%s\n' '#!/bin/sh' 'set -e' "cd ${bin%/bin}/etc" 'mkdir -p amazon-cloudwatch-agent.d' \
  "$bin/config-translator --output amazon-cloudwatch-agent.toml --mode auto --input amazon-cloudwatch-agent.json \
  --input-dir amazon-cloudwatch-agent.d" 'exec sleep infinity' > "$package$bin/start-amazon-cloudwatch-agent"
printf '%s' "$2" > "$package$bin/config-translator"
mkdir "$package${bin%/bin}/etc"
printf '#!/bin/sh\nexit 0\n' > "$package$bin/amazon-cloudwatch-agent-ctl"
cp "$package$bin/amazon-cloudwatch-agent-ctl" "$package$bin/amazon-cloudwatch-agent"
chmod 0755 "$package/DEBIAN/preinst" "$package$bin"/*
folder=/srv/stand-in/ubuntu/$architecture/$1
mkdir -p "$folder" /srv/stand-in/assets
dpkg-deb --build --root-owner-group "$package" "$folder/amazon-cloudwatch-agent.deb" >&2
export GNUPGHOME=$work/keys
install -d -m 0700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-generate-key stand-in@localhost rsa2048 sign never
deb=$folder/amazon-cloudwatch-agent.deb
gpg --batch --quiet --detach-sign --output "$deb.sig" "$deb"
gpg --batch --quiet --armor --export --output /srv/stand-in/assets/amazon-cloudwatch-agent.gpg
gpg --batch --with-colons --list-keys | awk -F: '$1 == "fpr" {print $10; exit}' > /srv/stand-in/fingerprint
gpgconf --kill gpg-agent
"""
IDENTITY = hashlib.sha256((_MAKE + _TRANSLATOR).encode()).hexdigest()[:12]
"""Of what is made: another one has another."""

MADE_AT = "srv/stand-in"
"""Where the files are in the system that made them."""


def make(machine: Machine, version: str) -> None:
    """Make the package, its signature and the key in a system, below :data:`MADE_AT`.

    :raises ActionError: if that fails, with what was said.
    """
    outcome = machine.run(["bash", "-c", _MAKE, "bash", version, _TRANSLATOR], seconds=300)
    if outcome.status:
        raise ActionError(f"the stand-in of the CloudWatch agent could not be made: {outcome.stderr.strip()[-500:]}")


@contextmanager
def served(folder: Path) -> Iterator[dict[str, str]]:
    """Serve the files that were made, and give the parameters of the component that lead there."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield {
                "CloudWatchAgentSource": f"http://127.0.0.1:{server.server_port}",
                "CloudWatchAgentKey": (folder / FINGERPRINT).read_text().strip(),
            }
        finally:
            server.shutdown()
            thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass
