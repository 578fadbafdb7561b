"""The script that a new instance runs when it first boots: it names the deployment, and the image does all the rest.

It stays small: whatever an instance needs to know it reads from the deployment's parameters.
"""

import shlex


def boot_script(*, parameter_prefix: str, group: str, digest: str) -> str:
    """Return the script, which is plain sh and does the same when it runs again.

    :param parameter_prefix: where the deployment's parameters stand; any text.
    :param group: name of the Auto Scaling group that waits for the instance; any text.
    :param digest: names the settings. An instance reads them once, when it boots, so other settings have to make
        another launch template, for the group to replace its instances. Only letters and digits.
    """
    if not digest.isalnum():
        raise ValueError(f"the digest {digest!r} stands in a comment; letters and digits are allowed")
    # For a shell every text is one plain word between these quotes, but for NUL, which no argument can hold.
    prefix, name = shlex.quote(parameter_prefix), shlex.quote(group)
    return (
        "#!/bin/sh\n"
        f"# settings {digest}\n"
        "set -eu\n"
        'PATH="$PATH:/opt/slipway/bin"\n'
        "export PATH\n"
        'say() { echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) user-data: $*" >&2; }\n'
        "if ! command -v slipway-boot > /dev/null; then\n"
        '  say "error: this machine image has no slipway-boot; build one with the image stack, and deploy again"\n'
        "  exit 1\n"
        "fi\n"
        'say "starting"\n'
        # With the sign a value that begins with a dash is none of the command's options.
        f"exec slipway-boot --parameter-prefix={prefix} --group={name}\n"
    )
