"""mitmproxy's hooks: each takes what it needs out of the flow, asks a plain part, and puts the answer back.

No decision about text, cache or destinations is made here.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Callable, Sequence

from mitmproxy import connection, ctx, http
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.proxy.layer import NextLayer
from mitmproxy.proxy.layers import modes
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from contract import headers
from contract.headers import Result
from contract.modes import Engine, Mode
from slipway_proxy import answers, canary, content, control, messages
from slipway_proxy.authentication import Authentication, SignedIn
from slipway_proxy.connections import Connections
from slipway_proxy.control import UnknownControlError
from slipway_proxy.guard import ClientGuard, DestinationGuard
from slipway_proxy.limits import RateLimit, client_key
from slipway_proxy.own_pages import CERTIFICATE_PATH, own_page
from slipway_proxy.pipeline import Page, Pipeline
from slipway_proxy.statistics import Statistics
from slipway_proxy.steering import Steering

logger = logging.getLogger(__name__)

ANSWERED = "slipway.answered"
MODE = "slipway.mode"
PARAMETERS = "slipway.parameters"
STARTED = "slipway.started"
TOO_LARGE = "too large"
# What follows the method is a path, and not a URL or the address of a tunnel: the proxy itself is asked.
ORIGIN_FORM = re.compile(rb"[A-Za-z]+ /")


class SlipwayAddon:
    """Hooks of the proxy.

    :param pipeline: transforms pages.
    :param statistics: counts.
    :param clients: decides who is served.
    :param destinations: decides where to connect to.
    :param steering: decides where a request says nothing.
    :param engines: those that may rate texts; the first does where a request chooses none.
    :param max_page_bytes: larger pages pass through.
    :param fail_closed: answer 502 when a page cannot be transformed.
    :param certificate: the authority's public certificate, PEM.
    :param authentication: asks users for their passwords; none if everyone is let in.
    :param requests: limit on the requests of one client.
    :param clock: seconds, monotonic.
    :ivar connections: of clients.
    :ivar draining: whether the health check is to fail, since this process is about to end with its instance.
    :ivar leaving: whether clients should open another connection for their next request.
    """

    def __init__(
        self,
        *,
        pipeline: Pipeline,
        statistics: Statistics,
        clients: ClientGuard,
        destinations: DestinationGuard,
        steering: Steering,
        engines: Sequence[Engine],
        max_page_bytes: int,
        fail_closed: bool,
        certificate: str,
        authentication: Authentication | None,
        requests: RateLimit,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pipeline = pipeline
        self._statistics = statistics
        self._clients = clients
        self._destinations = destinations
        self._steering = steering
        self._engines = engines
        self._max_page_bytes = max_page_bytes
        self._fail_closed = fail_closed
        self._certificate = certificate
        self._authentication = authentication
        self._requests = requests
        self._clock = clock
        self._signed_in: dict[str, SignedIn] = {}
        self._visitors: set[str] = set()
        self._running: set[str] = set()
        self.connections = Connections()
        self.draining = False
        self.leaving = False

    @property
    def running_flows(self) -> int:
        """Requests that have not been answered completely, and WebSockets that are open."""
        return len(self._running) + self.connections.web_sockets

    @property
    def failing(self) -> tuple[str, ...]:
        """Functions that are not asked at the moment, since they failed several times in a row."""
        return self._pipeline.failing

    async def close(self, timeout_seconds: float) -> None:
        """Finish what still runs in the background."""
        await self._pipeline.close(timeout_seconds)

    def client_connected(self, client: connection.Client) -> None:
        """Refuse clients from elsewhere."""
        self.connections.open(client.id)
        if not self._clients.allows(client.peername[0]):
            client.error = "this client's network is not allowed"

    def next_layer(self, layer: NextLayer) -> None:
        """Notice a client that asks the proxy itself: later mitmproxy makes all requests look alike."""
        start: bytes = layer.data_client()  # type: ignore[no-untyped-call]
        if isinstance(layer.context.layers[-1], modes.HttpProxy) and ORIGIN_FORM.match(start):
            self._visitors.add(layer.context.client.id)

    def client_disconnected(self, client: connection.Client) -> None:
        """Forget a client."""
        self._visitors.discard(client.id)
        self.connections.close(client.id)
        self._signed_in.pop(client.id, None)

    async def http_connect(self, flow: http.HTTPFlow) -> None:
        """Refuse tunnels of strangers and to forbidden destinations, with an answer that says why."""
        self.connections.carry(flow.client_conn.id)
        try:
            refusal = await self._refusal_of_tunnel(flow)
        except Exception:  # a mistake of ours lets nobody through
            refusal = answers.mistake()
        if refusal is not None:
            flow.response = refusal

    def http_connect_error(self, flow: http.HTTPFlow) -> None:
        """Count a tunnel that was not opened. One that was is no request: those inside of it are."""
        self._statistics.count_request()
        if flow.response is not None and headers.RESULT in flow.response.headers:
            self._statistics.count_response(Result.REFUSED)
        else:
            self._statistics.count_unanswered(Result.ORIGIN_FAILED)

    async def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Read the controls, and refuse what must not go on."""
        self.connections.ask(flow.client_conn.id)
        if (own := self._own_answer(flow)) is not None:
            self._answer(flow, own)
            return
        self._statistics.count_request()
        self.connections.carry(flow.client_conn.id)
        self._running.add(flow.id)
        flow.metadata[STARTED] = self._clock()
        try:
            refusal = await self._refusal_of_request(flow)
        except Exception:  # a mistake of ours lets nobody through
            refusal = answers.mistake()
        if refusal is not None:
            self._answer(flow, refusal)

    async def server_connect(self, data: ServerConnectionHookData) -> None:
        """Refuse forbidden destinations however the request came here."""
        if data.server.address is None:
            return
        host, port = data.server.address[:2]
        try:
            reason = await self._destinations.refusal(host, port)
        except Exception:  # a mistake of ours lets nobody through
            logger.exception("a destination could not be judged")
            reason = answers.INTERNAL_ERROR
        if reason is not None:
            data.server.error = f"{host} is refused: {reason}"

    def server_connected(self, data: ServerConnectionHookData) -> None:
        """Cut a connection whose name has resolved to something else since it was checked, before a byte is sent."""
        peer = data.server.peername
        if peer is not None and (reason := self._destinations.refusal_of_address(peer[0], peer[1])) is not None:
            logger.warning("connection to %s cut: %s", peer[0], reason)
            _abort(data.client, data.server)

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Let pages that may be changed be collected, and stream everything else."""
        response = flow.response
        if response is None or flow.metadata.get(ANSWERED):
            return
        messages.remove(response, (headers.RESULT, headers.REASON, headers.FAILED_TEXTS))
        response.headers.fields = control.without_control_cookies(response.headers.fields)
        if self.leaving and flow.request.http_version.startswith("HTTP/1") and response.status_code != 101:
            response.headers["connection"] = "close"
        mode: Mode = flow.metadata[MODE]
        response.headers[headers.MODE_USED] = mode.value
        if messages.is_html(response):
            messages.remove(response, messages.VALIDATORS)
            # A browser must not show its copy of one mode when the client has chosen another.
            response.headers.add("vary", f"cookie, {headers.MODE}, {headers.RATING}, {headers.MODEL}")
        reason = messages.reason_to_pass(flow.request, response, mode)
        if reason is None and response.stream:
            reason = TOO_LARGE
        # Also set on a page that is collected: mitmproxy turns to streaming, and sends the headers as they are then,
        # when a body of unknown length grows beyond the limit. Otherwise `response` replaces them.
        answers.mark(response, Result.PASSED_THROUGH, reason or TOO_LARGE)
        if reason is not None:
            response.stream = self._counting

    async def response(self, flow: http.HTTPFlow) -> None:
        """Change a page that was collected."""
        response = flow.response
        if response is None:
            return
        try:
            if not flow.metadata.get(ANSWERED) and not response.stream:
                await self._change(flow, response)
        except Exception:  # a mistake of ours must cost the transformation and not the page
            logger.exception("page of %s not transformed", flow.request.pretty_host)
            self._fail(flow, response, answers.INTERNAL_ERROR)
        finally:
            self._finished(flow, response)

    def websocket_message(self, flow: http.HTTPFlow) -> None:
        """Forget what has been said: mitmproxy would keep all of it for as long as the WebSocket is open."""
        if flow.websocket is not None:
            flow.websocket.messages.clear()

    def error(self, flow: http.HTTPFlow) -> None:
        """Count a request that ended without a whole response."""
        if flow.id not in self._running:
            return  # the proxy itself was asked
        self._running.discard(flow.id)
        if flow.metadata.get(ANSWERED):
            self._statistics.count_response(Result.REFUSED)
        elif flow.error is not None and _has_left(flow.client_conn, flow.error.msg):
            self._statistics.count_unanswered(Result.CLIENT_LEFT)
        else:
            self._statistics.count_unanswered(Result.ORIGIN_FAILED)

    async def _refusal_of_tunnel(self, flow: http.HTTPFlow) -> http.Response | None:
        """Return the answer to a client that may not open this tunnel, None if it may."""
        if (refusal := await self._refusal_of_client(flow, opens_tunnel=True)) is not None:
            return refusal
        if (reason := await self._destinations.refusal(flow.request.host, flow.request.port)) is not None:
            return answers.refusal(403, f"{flow.request.host} is refused: {reason}", "destination")
        return None

    async def _refusal_of_request(self, flow: http.HTTPFlow) -> http.Response | None:
        """Read the controls of a request, and prepare it for its origin; return an answer if it must not go on."""
        request = flow.request
        refusal = await self._refusal_of_client(flow)
        request.headers.fields, controls = control.take_controls(request.headers.fields)
        if refusal is not None:
            return refusal
        try:
            flow.metadata[MODE] = mode = control.choose_mode(controls, self._steering.default_mode)
            flow.metadata[PARAMETERS] = control.choose_parameters(controls, mode, self._engines, self._steering.ratings)
        except UnknownControlError as error:
            return answers.refusal(400, str(error), f"unknown {error.subject}")
        if mode is not Mode.OFF and "text/html" in request.headers.get("accept", "").lower():
            messages.remove(request, messages.CONDITIONS)
        if (reason := await self._refusal_of_destination(flow)) is not None:
            return answers.refusal(403, f"{request.pretty_host} is refused: {reason}", "destination")
        return None

    async def _refusal_of_client(self, flow: http.HTTPFlow, *, opens_tunnel: bool = False) -> http.Response | None:
        """Return the answer to a client that may not ask now, None if it may."""
        client: connection.Client = flow.client_conn
        address: str = client.peername[0]
        if not self._requests.take(client_key(address)):
            return answers.refusal(429, "too many requests have come from this address; wait a second", "rate limit")
        if self._authentication is None:
            return None
        known = self._signed_in.get(client.id)
        if known is not None and self._authentication.still_holds(known):
            return None
        verdict = await self._authentication.judge(address, flow.request.headers.get("proxy-authorization"))
        if isinstance(verdict, SignedIn):
            # What comes through a tunnel does not say again whose it is; other requests do, each of them.
            if opens_tunnel:
                self._signed_in[client.id] = verdict
            return None
        return answers.unauthenticated(verdict)

    async def _refusal_of_destination(self, flow: http.HTTPFlow) -> str | None:
        """Return why a request is refused for where it goes: by its destination, and by every other name it gives."""
        request, guard = flow.request, self._destinations
        if (reason := await guard.refusal(request.host, request.port)) is not None:
            return reason
        names = {request.pretty_host, flow.client_conn.sni or request.host} - {request.host}
        return next(filter(None, map(guard.refusal_of_name, sorted(names))), None)

    async def _change(self, flow: http.HTTPFlow, response: http.Response) -> None:
        encoding = response.headers.get("content-encoding", "")
        raw = response.raw_content or b""
        try:
            body = content.decode(raw, encoding, self._max_page_bytes)
        except content.TooLargeError:
            return  # marked so already
        except content.UndecodableError:
            answers.mark(response, Result.PASSED_THROUGH, "content encoding not understood")
            return
        if not body:
            answers.mark(response, Result.PASSED_THROUGH, "no body")
            return
        began = self._clock()
        outcome = await self._pipeline.process(_page(flow, response, body))
        self._statistics.count_page(1000 * (self._clock() - began))
        if outcome.body is not None:
            answers.mark(response, outcome.result, outcome.reason)
            if outcome.reason:
                self._statistics.count_failure(outcome.reason)
            if outcome.failed_texts:
                response.headers[headers.FAILED_TEXTS] = str(outcome.failed_texts)
                messages.forbid_keeping(response)
            # The same bytes need no new encoding, and then the client gets them as the origin packed them.
            messages.replace_body(response, raw if outcome.body == body else content.encode(outcome.body, encoding))
        else:
            self._fail(flow, response, outcome.reason)

    def _fail(self, flow: http.HTTPFlow, response: http.Response, reason: str) -> None:
        self._statistics.count_failure(reason)
        if self._fail_closed:
            text = f"this page could not be transformed: {reason}. Try again later."
            flow.response = answers.refusal(502, text, reason)
            return
        answers.mark(response, Result.FAILED_OPEN, reason)
        messages.forbid_keeping(response)

    def _own_answer(self, flow: http.HTTPFlow) -> http.Response | None:
        """Return the answer to what the proxy itself is asked, None where a site is meant."""
        if flow.client_conn.id in self._visitors:
            return answers.own(own_page(flow.request.path, self._certificate))
        if flow.request.host != canary.HOST:
            return None
        if flow.request.path == CERTIFICATE_PATH:
            return answers.own(own_page(CERTIFICATE_PATH, self._certificate))
        return answers.health(self.draining, self.running_flows, self.connections.count)

    def _answer(self, flow: http.HTTPFlow, response: http.Response) -> None:
        flow.metadata[ANSWERED] = True
        if flow.request.stream or "transfer-encoding" in flow.request.headers:
            # mitmproxy cannot answer before the end of a body, and would have to keep all of it. And it does not close
            # the connection of a flow that is killed while more of its body comes in, so that is done here too.
            flow.kill()  # type: ignore[no-untyped-call]
            _abort(flow.client_conn, flow.client_conn)
            return
        flow.response = response

    def _finished(self, flow: http.HTTPFlow, response: http.Response) -> None:
        self._running.discard(flow.id)
        if flow.websocket is not None:
            self.connections.upgrade(flow.client_conn.id)
        response = flow.response or response
        result = response.headers.get(headers.RESULT)
        if result is None:
            return  # one of our own pages
        milliseconds = 1000 * (self._clock() - flow.metadata.get(STARTED, self._clock()))
        host, mode = flow.request.pretty_host, flow.metadata.get(MODE)
        self._statistics.count_response(Result(result), host=host, mode=mode, milliseconds=milliseconds)
        if not response.stream:
            self._statistics.count_bytes(len(response.raw_content or b""))

    def _counting(self, chunk: bytes) -> bytes:
        self._statistics.count_bytes(len(chunk))
        return chunk


def _page(flow: http.HTTPFlow, response: http.Response, body: bytes) -> Page:
    request = flow.request
    path, _, query = request.path.partition("?")
    return Page(
        host=request.pretty_host,
        path=path,
        query=query,
        mode=flow.metadata[MODE],
        parameters=flow.metadata[PARAMETERS],
        charset=messages.charset(response),
        body=body,
        correlation_id=uuid.uuid4().hex,
        private=messages.is_private(request, response),
    )


def _has_left(client: connection.Client, error: str) -> bool:
    """Return whether a client is gone, or wants nothing more of one stream (HTTP/2), by mitmproxy's words for it."""
    return not client.connected or error.startswith("stream reset by client")


def _abort(client: connection.Client, end: connection.Connection) -> None:
    """Close one end of a client's connection at once; what mitmproxy writes to it from now on is dropped."""
    server: Proxyserver = ctx.master.addons.get("proxyserver")  # type: ignore[no-untyped-call]
    writer = server.connections[client.id].transports[end].writer
    if isinstance(writer, asyncio.StreamWriter):
        writer.transport.abort()
