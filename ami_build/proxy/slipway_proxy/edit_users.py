"""`python -m slipway_proxy.edit_users`: add, remove and list users, whose secret it reads and writes.

The secret is the proxy's own (who may use it) or the dashboard's (who may see it and change settings); what stands in
it tells which. For an operator's machine, with an operator's credentials; all others only read it. A password never
stands on the command line, where others could see it.
"""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from contract.users import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    DashboardAccess,
    InvalidUsersError,
    PasswordHash,
    Users,
    read_secret,
)

REGION_IN_ARN = 3
GENERATED_BYTES = 18


class EditError(Exception):
    """Nothing was changed; the message says why and what to do."""


def main(arguments: Sequence[str], client: Callable[[str], Any] | None = None) -> int:
    """Do what is asked; return the exit status.

    :param client: returns a client of Secrets Manager in a region.
    """
    options = _parser().parse_args(arguments)
    try:
        region = _region_of(options.secret)
        secret = (client or _client)(region)
        _run(options, secret)
    except (EditError, InvalidUsersError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except (BotoCoreError, ClientError) as error:
        sys.stderr.write(f"error: AWS refused: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="edit_users", description="add, remove and list users")
    parser.add_argument(
        "--secret",
        required=True,
        metavar="ARN",
        help="output UsersSecretArn (of the proxy) or DashboardUsersSecretArn of the identity stack",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="print the users' names")
    add = commands.add_parser("add", help="add a user, or give one another password, which is asked for")
    add.add_argument("name")
    add.add_argument("--generate", action="store_true", help="make up a password and print it, once")
    commands.add_parser("remove", help="remove a user").add_argument("name")
    return parser


def _run(options: argparse.Namespace, client: Any) -> None:
    found = _read(client, options.secret)
    users = found.users if isinstance(found, DashboardAccess) else found
    may = "see the dashboard" if isinstance(found, DashboardAccess) else "use the proxy"

    def write(name: str, proof: PasswordHash | None) -> None:
        changed = users.changed(name, proof)
        kept = replace(found, users=changed) if isinstance(found, DashboardAccess) else changed
        client.put_secret_value(SecretId=options.secret, SecretString=kept.to_json())

    match options.command:
        case "list":
            sys.stdout.write("".join(f"{name}\n" for name in users.names))
        case "add":
            is_new = users.hash_of(options.name) is None
            users.changed(options.name, None)  # refuses a name before anybody types a password for it
            password = secrets.token_urlsafe(GENERATED_BYTES) if options.generate else _ask()
            write(options.name, PasswordHash.of(password))
            if options.generate:
                sys.stdout.write(f"{password}\n")
            done = f"may {may}" if is_new else "has another password, and needs it"
            sys.stderr.write(f"{options.name} {done} in about a minute\n")
        case "remove":
            if users.hash_of(options.name) is None:
                raise EditError(f"there is no user {options.name!r}; there are {', '.join(users.names) or 'none'}")
            write(options.name, None)
            sys.stderr.write(f"{options.name} may not {may} any more in about a minute\n")


def _ask() -> str:
    """Return the password that someone types twice, or the first line of what is not a terminal."""
    if not sys.stdin.isatty():
        return _checked(sys.stdin.readline().rstrip("\n"))
    password = _checked(getpass.getpass("password: "))
    if getpass.getpass("once more: ") != password:
        raise EditError("the two are not the same; try again")
    return password


def _checked(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise EditError(
            f"the password has {len(password)} characters; {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} are allowed"
        )
    return password


def _region_of(arn: str) -> str:
    parts = arn.split(":")
    if len(parts) != 7 or parts[2] != "secretsmanager":
        raise EditError(
            f"--secret is {arn!r}; it is an ARN, as the outputs UsersSecretArn and DashboardUsersSecretArn have it"
        )
    return parts[REGION_IN_ARN]


def _client(region: str) -> Any:
    return boto3.client("secretsmanager", region_name=region)


def _read(client: Any, arn: str) -> Users | DashboardAccess:
    try:
        return read_secret(client.get_secret_value(SecretId=arn)["SecretString"])
    except client.exceptions.ResourceNotFoundException:
        return Users({})  # also of a secret that is still empty; one that is gone fails when it is written


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
