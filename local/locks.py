"""Compile every hash-pinned requirements file anew from its `.in` file (`make locks`).

The locks are universal (every platform and every Python >= 3.12) and name no download host.
"""

import os
import subprocess
import sys

from local.setup import ROOT, UV, pip_settings

# In this order, since some constrain or include those before them.
LOCKS = (
    "local/requirements",
    "requirements",
    "lambda_src/requirements",
    "emulator/requirements",
    "emulator/functions/requirements",
    "ami_build/proxy/requirements/proxy",
    "ami_build/proxy/requirements/proxy-dev",
    "ami_build/proxy/requirements/health",
    "requirements-dev",
    "tests/synth/checkov/requirements",
    "tests/fuzz/campaign/requirements",
)


ANSWERS_FOR_ALL = ("UV_DEFAULT_INDEX", "SSL_CERT_FILE")
"""Of pip's settings, those that hold for every platform. An index or a folder beside the main one may hold wheels for
one machine only, and a lock is for all of them."""


def main() -> int:
    """Compile all locks; return the exit status."""
    settings = {name: value for name, value in pip_settings().items() if name in ANSWERS_FOR_ALL}
    for name in LOCKS:
        print(f"compiling {name}.txt", file=sys.stderr, flush=True)
        result = subprocess.run(
            [
                str(UV), "pip", "compile", "-q", "--universal", "--python-version", "3.12", "--generate-hashes",
                "--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", "make locks",
                f"{name}.in", "-o", f"{name}.txt",
            ],
            check=False,
            cwd=ROOT,
            env={**os.environ, **settings},
        )  # fmt: skip
        if result.returncode:
            return result.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
