"""Who is connected to a process of the proxy, as far as whoever ends it has to know; nobody is told apart by more."""

from __future__ import annotations


class Connections:
    """Connections of clients, by the ids that mitmproxy gives them.

    :ivar count: how many have carried a request; the health application opens some that only ask how the proxy is.
    """

    def __init__(self) -> None:
        self._silent: set[str] = set()
        self._counted: set[str] = set()
        self._web_sockets: set[str] = set()
        self.count = 0

    @property
    def silent(self) -> int:
        """How many clients are connected that have not asked for anything yet, or for a tunnel only."""
        return len(self._silent)

    @property
    def web_sockets(self) -> int:
        """How many connections are in use as WebSockets."""
        return len(self._web_sockets)

    def open(self, client: str) -> None:
        """Note a new connection."""
        self._silent.add(client)

    def ask(self, client: str) -> None:
        """Note that a client has asked for something, be it only how the proxy is."""
        self._silent.discard(client)

    def carry(self, client: str) -> None:
        """Count a connection that carries a request for a site, or a tunnel to one; once."""
        if client not in self._counted:
            self._counted.add(client)
            self.count += 1

    def upgrade(self, client: str) -> None:
        """Note that a connection becomes a WebSocket, which it is until it is closed, and may be already."""
        if client in self._counted:
            self._web_sockets.add(client)

    def close(self, client: str) -> None:
        """Forget a connection, but for having counted it."""
        for noted in (self._silent, self._counted, self._web_sockets):
            noted.discard(client)
