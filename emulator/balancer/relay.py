"""One connection of a client and the one to its target: bytes, ends and resets go from one to the other as they are."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_HIGH_WATER = 1 << 18
"""Bytes that may wait for a slow reader before the other side is not read any further."""

_USUAL_SOURCE = "127.0.0.1"


@dataclass
class Counters:
    """What a load balancer has done since it was made; they only grow."""

    new_flows: int = 0
    processed_bytes: int = 0
    client_resets: int = 0
    target_resets: int = 0
    own_resets: int = 0


class Flow:
    """Two connections that are one to those at their far ends.

    :param counters: where to count.
    :param clock: seconds since whenever.
    :param begun: called when the client is there; has to find a target and :meth:`connect`, or to :meth:`reset`.
    :param ended: called when nothing of it is left.
    """

    def __init__(
        self,
        counters: Counters,
        clock: Callable[[], float],
        begun: Callable[[Flow], None],
        ended: Callable[[Flow], None],
    ) -> None:
        self.counters = counters
        self.clock = clock
        self.used = clock()
        """When bytes moved last."""
        self.begun = begun
        self.client, self.target = _End(self, "client_resets"), _End(self, "target_resets")
        self.client.peer, self.target.peer = self.target, self.client
        self._ended = ended
        self._is_connecting = False
        self._was_reset = False

    async def connect(self, address: str, port: int, source: str | None, timeout_seconds: float) -> None:
        """Connect to the target and let the bytes flow; resets the client if that is not possible.

        :param source: address to connect from; None for the system's choice.
        """
        loop = asyncio.get_running_loop()
        # From its usual address the system chooses the port when it connects, which lets it have many more of them.
        local = (source, 0) if source not in (None, _USUAL_SOURCE) else None
        self._is_connecting = True
        try:
            async with asyncio.timeout(timeout_seconds):
                await loop.create_connection(lambda: self.target, address, port, local_addr=local)
        except OSError:
            self.note_reset("target_resets")
        except asyncio.CancelledError:
            self.reset()
            raise
        finally:
            self._is_connecting = False
            self.note_end()
        if self._was_reset:
            self.reset()
        self.client.resume_reading()

    def reset(self) -> None:
        """End both connections at once, with a reset to either side."""
        self._was_reset = True
        self.client.reset()
        self.target.reset()

    def note_reset(self, counter: str) -> None:
        """Count that one side has reset its connection, and pass it on to the other."""
        if not self._was_reset:
            setattr(self.counters, counter, getattr(self.counters, counter) + 1)
            self.reset()

    def note_end(self) -> None:
        """Tell that the flow has ended, if it has."""
        if not (self._is_connecting or self.client.is_open or self.target.is_open):
            self._ended(self)


class _End(asyncio.Protocol):
    """One of the two connections of a flow."""

    peer: _End

    def __init__(self, flow: Flow, reset_counter: str) -> None:
        self._flow = flow
        self._reset_counter = reset_counter
        self._transport: asyncio.Transport | None = None
        self._is_done_sending = False
        self.is_open = False

    @property
    def address(self) -> str | None:
        """IP address of the far end, None before there is one."""
        name = self._transport.get_extra_info("peername") if self._transport else None
        return str(name[0]) if name else None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(_HIGH_WATER)
        self.is_open = True
        if self is self._flow.client:
            # It is not read before there is somebody to read for.
            self._transport.pause_reading()
            self._flow.begun(self._flow)

    def data_received(self, data: bytes) -> None:
        flow = self._flow
        flow.used = flow.clock()
        flow.counters.processed_bytes += len(data)
        self.peer.write(data)

    def eof_received(self) -> bool:
        """Let the other direction go on, until both have ended."""
        self._is_done_sending = True
        self.peer.write_eof()
        if self.peer._is_done_sending:
            self.close()
            self.peer.close()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        if error is not None:
            self._flow.note_reset(self._reset_counter)
        self._flow.note_end()

    def pause_writing(self) -> None:
        self.peer.pause_reading()

    def resume_writing(self) -> None:
        self.peer.resume_reading()

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def write_eof(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            with contextlib.suppress(OSError):
                self._transport.write_eof()

    def pause_reading(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        if self._transport is not None and self.is_open:
            connection: socket.socket = self._transport.get_extra_info("socket")
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self._transport.abort()
