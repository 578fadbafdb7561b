"""The instance metadata service, version 2 only, one per local instance."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN_HEADER = "X-aws-ec2-metadata-token"  # noqa: S105 - the header's name
LIFETIME_HEADER = "X-aws-ec2-metadata-token-ttl-seconds"
LONGEST_LIFETIME_SECONDS = 21600
_HELP = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html#troubleshoot_iam-ec2_errors-info-doc"
)


@dataclass(frozen=True)
class Identity:
    """What an instance can learn about itself.

    :param private_address: its IPv4 address.
    :param role: name of the role in its instance profile; empty if it has none.
    :param user_data: the script that it runs at launch.
    :param tags: those of its tags that it may see: all, or none if its metadata options do not say so.
    :param market: `on-demand` or `spot`.
    """

    instance_id: str
    account: str
    region: str
    zone: str
    image_id: str
    instance_type: str
    private_address: str
    architecture: str
    launched: str
    role: str
    profile_arn: str
    user_data: str
    tags: Mapping[str, str]
    market: str = "on-demand"


@dataclass(frozen=True)
class RoleCredentials:
    """Temporary credentials of a role.

    :param expiration: ISO 8601, UTC.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str
    expiration: str


def documents(identity: Identity) -> dict[str, str]:
    """Return everything that does not change, by its path below `/latest/`."""
    host = f"ip-{identity.private_address.replace('.', '-')}.ec2.internal"
    meta = {
        "ami-id": identity.image_id,
        "hostname": host,
        "instance-id": identity.instance_id,
        "instance-life-cycle": identity.market,
        "instance-type": identity.instance_type,
        "local-hostname": host,
        "local-ipv4": identity.private_address,
        "placement/availability-zone": identity.zone,
        "placement/region": identity.region,
        "services/domain": "amazonaws.com",
        "services/partition": "aws",
        **{f"tags/instance/{key}": value for key, value in identity.tags.items()},
    }
    if identity.role:
        meta["iam/security-credentials/"] = identity.role
        meta["iam/info"] = json.dumps({"Code": "Success", "InstanceProfileArn": identity.profile_arn})
    found = {f"meta-data/{path}": text for path, text in meta.items()}
    found["dynamic/instance-identity/document"] = json.dumps(_identity_document(identity), indent=2)
    if identity.user_data:
        found["user-data"] = identity.user_data
    return found


def _identity_document(identity: Identity) -> dict[str, str]:
    return {
        "accountId": identity.account,
        "architecture": identity.architecture,
        "availabilityZone": identity.zone,
        "imageId": identity.image_id,
        "instanceId": identity.instance_id,
        "instanceType": identity.instance_type,
        "pendingTime": identity.launched,
        "privateIp": identity.private_address,
        "region": identity.region,
        "version": "2017-09-30",
    }


def listing(paths: Mapping[str, str], folder: str) -> str | None:
    """Return what a folder of the service shows, or None if there is no such folder."""
    below = [path.removeprefix(folder) for path in paths if path.startswith(folder) and path != folder]
    names = {name.partition("/")[0] + ("/" if "/" in name else "") for name in below}
    return "\n".join(sorted(names)) or None


class Metadata:
    """Answers of one instance's metadata service, without the HTTP around them.

    :param identity: what it tells.
    :param credentials: called for each request for credentials; the caller keeps them until they expire, and gives none
        if EC2 may not assume the role.
    :param changing: called for each request for something else that may change; gives it by its path below `/latest/`.
    :param clock: seconds since whenever.
    """

    def __init__(
        self,
        identity: Identity,
        credentials: Callable[[], RoleCredentials | None],
        changing: Callable[[], Mapping[str, str]] = dict,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._documents = documents(identity)
        self._role = identity.role
        self._credentials = credentials
        self._changing = changing
        self._clock = clock
        self._tokens: dict[str, float] = {}

    def issue_token(self, lifetime: str | None) -> str | None:
        """Return a session token, or None if the lifetime (seconds, 1 to 21600) is missing or wrong."""
        if lifetime is None or not lifetime.isdigit() or not 1 <= int(lifetime) <= LONGEST_LIFETIME_SECONDS:
            return None
        now, token = self._clock(), secrets.token_urlsafe(32)
        # A copy, since requests come side by side.
        for expired in [each for each, end in list(self._tokens.items()) if end <= now]:
            self._tokens.pop(expired, None)
        self._tokens[token] = now + int(lifetime)
        return token

    def count_tokens(self) -> int:
        """Return how many tokens are kept."""
        return len(self._tokens)

    def accepts(self, token: str | None) -> bool:
        """Tell whether a token is one of ours and still good."""
        return token is not None and self._tokens.get(token, 0.0) > self._clock()

    def read(self, path: str) -> str | None:
        """Return the document at a path such as `/latest/meta-data/instance-id`, or None."""
        version, _, rest = path.strip("/").partition("/")
        if version != "latest":
            return None
        if self._role and rest == f"meta-data/iam/security-credentials/{self._role}":
            credentials = self._credentials()
            return _credentials_document(credentials) if credentials else _refusal_document(self._role)
        if rest in self._documents:
            return self._documents[rest]
        known = {**self._documents, **self._changing()}
        folder = f"{rest}/"
        return known.get(rest) or known.get(folder) or listing(known, folder)


def _credentials_document(credentials: RoleCredentials) -> str:
    return json.dumps(
        {
            "Code": "Success",
            "LastUpdated": _now(),
            "Type": "AWS-HMAC",
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key,
            "Token": credentials.session_token,
            "Expiration": credentials.expiration,
        }
    )


def _refusal_document(role: str) -> str:
    """Return what stands in the place of credentials if EC2 may not assume the role.

    Source: the page that it names.
    """
    message = f"EC2 cannot assume the role {role}. Please see documentation at {_HELP}."
    return json.dumps({"Code": "AssumeRoleUnauthorizedAccess", "Message": message, "LastUpdated": _now()})


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class MetadataServer:
    """Serves one instance's metadata on a loopback port of its own.

    :param metadata: the answers.
    """

    def __init__(self, metadata: Metadata) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(metadata))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address to give to the instance."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(metadata: Metadata) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = "EC2ws"
        sys_version = ""

        def do_PUT(self) -> None:
            # The real service refuses requests that came through a proxy, and so keeps servers from asking for others.
            if self.path != "/latest/api/token" or "X-Forwarded-For" in self.headers:
                self._send(HTTPStatus.FORBIDDEN, "")
                return
            lifetime = self.headers.get(LIFETIME_HEADER)
            token = metadata.issue_token(lifetime)
            if token is None:
                self._send(HTTPStatus.BAD_REQUEST, "")
            else:
                self._send(HTTPStatus.OK, token, {LIFETIME_HEADER: str(lifetime)})

        def do_GET(self) -> None:
            if not metadata.accepts(self.headers.get(TOKEN_HEADER)):
                self._send(HTTPStatus.UNAUTHORIZED, "")
                return
            text = metadata.read(self.path)
            self._send(HTTPStatus.OK if text is not None else HTTPStatus.NOT_FOUND, text or "")

        def _send(self, status: HTTPStatus, text: str, headers: Mapping[str, str] | None = None) -> None:
            body = text.encode()
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing: paths name roles, and the emulator's log is no place for each request."""

    return Handler
