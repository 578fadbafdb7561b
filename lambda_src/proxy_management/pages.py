"""The dashboard's pages: who may see them, what stands in them, and where a browser goes next.

HTTP only: figures come from :mod:`.windows`, settings from :mod:`.settings_history`, sessions from :mod:`.gate`, HTML
from :mod:`.rendering`. All work without scripts; with one, the live figures renew themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from contract.modes import RULES, Mode
from lambda_src.proxy_management import rendering
from lambda_src.proxy_management.charts import chart_of
from lambda_src.proxy_management.gate import Event, Gate, Visitor
from lambda_src.proxy_management.models import LONGEST_NOTE
from lambda_src.proxy_management.overview import Overview, Window
from lambda_src.proxy_management.sessions import TooManyAttemptsError
from lambda_src.proxy_management.settings_form import Typed
from lambda_src.proxy_management.settings_history import OutdatedChangeError, SettingsHistory
from lambda_src.proxy_management.windows import Statistics
from lambda_src.shared.application import Application
from lambda_src.shared.errors import InvalidInputError, NotFoundError, ServiceError
from lambda_src.shared.operations import PAGE
from lambda_src.shared.settings import ServiceSettings

REFRESH_SECONDS = 5
ENTRIES = 20
HTML = "text/html; charset=utf-8"
SIGN_IN = "/dashboard/sign-in"

PAGES = (
    ("overview", "/dashboard", "Overview"),
    ("hosts", "/dashboard/hosts", "Hosts"),
    ("instances", "/dashboard/instances", "Instances"),
    ("settings", "/dashboard/settings", "Settings"),
    ("history", "/dashboard/history", "History"),
)
"""Name, path and title. After sign-in one goes to one of these, by name, and so to nowhere else."""

RESULT_WORDS = {
    "transformed": "Transformed",
    "partly-transformed": "Transformed but for texts that could not be rated",
    "cached": "Transformed earlier, from the cache",
    "passed-through": "Passed through on purpose",
    "failed-open": "Untouched, as a function failed",
    "refused": "Refused by the proxy",
}

_SLOTS = {
    Window.LIVE: ("minute", "%H:%M"),
    Window.HOUR: ("five minutes", "%H:%M"),
    Window.DAY: ("hour", "%m-%d %H:%M"),
    Window.WEEK: ("six hours", "%m-%d %H:%M"),
}

_PROBLEMS = {
    HTTPStatus.FORBIDDEN: "Not allowed",
    HTTPStatus.UNPROCESSABLE_ENTITY: "That does not fit",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not available just now",
}

Reply = Response[str]


@dataclass(frozen=True)
class Dashboard:
    """Answers for pages.

    :param clock: UTC.
    """

    app: Application
    settings: ServiceSettings
    statistics: Statistics
    history: SettingsHistory
    gate: Gate
    clock: Callable[[], datetime]

    def overview(self, visitor: Visitor) -> Reply:
        """Show all figures of a window."""
        found = self._overview(self._window())
        processes = [process for instance in found.instances for process in instance.processes]
        slot_words, slot_format = _SLOTS[found.window]
        return self._page(
            "overview",
            visitor,
            overview=found,
            chart=chart_of(found.series),
            slot_words=slot_words,
            slot_format=slot_format,
            results=[(RESULT_WORDS.get(name, name), count) for name, count in found.totals.results.items()],
            running=sum(process.running for process in processes),
            processes=len(processes),
            failing=Counter(name for process in processes for name in process.failing).most_common(),
            paused=self._query("paused") == "yes",
            refresh_seconds=REFRESH_SECONDS,
        )

    def hosts(self, visitor: Visitor) -> Reply:
        """Show the busiest hosts of a window."""
        return self._page("hosts", visitor, overview=self._overview(self._window()))

    def instances(self, visitor: Visitor) -> Reply:
        """Show the processes that live."""
        return self._page(
            "instances", visitor, overview=self._overview(Window.LIVE), newest=self.history.newest().settings
        )

    def show_settings(self, visitor: Visitor) -> Reply:
        """Show the form with the settings that hold."""
        newest = self.history.newest()
        return self._settings_page(visitor, Typed.showing(newest.settings), saved=self._query("saved") == "yes")

    def change_settings(self, visitor: Visitor) -> Reply:
        """Make what was typed the next version, or show it again with what is in the way."""
        typed = Typed.read(self.gate.form(self._event(), visitor, self.app.raw_body()))
        if problems := typed.problems():
            return self._settings_page(visitor, typed, problems=problems)
        assert visitor.session is not None  # noqa: S101 - for readers: nobody else gets here
        try:
            self.history.change(
                typed.base_version,
                typed.settings(),
                who=visitor.session.name,
                note=typed.note.strip(),
                now=self.clock(),
            )
        except OutdatedChangeError as error:
            return self._settings_page(visitor, typed, conflict=error)
        return _redirect("/dashboard/settings?saved=yes")

    def _settings_page(
        self,
        visitor: Visitor,
        typed: Typed,
        *,
        saved: bool = False,
        problems: dict[str, str] | None = None,
        conflict: OutdatedChangeError | None = None,
    ) -> Reply:
        newest = conflict.newest if conflict else self.history.newest()
        # Who is told what is wrong has still seen what they have seen; who is told of others' changes has seen these.
        base = typed.base if problems else str(newest.version)
        lives = [process for instance in self._overview(Window.LIVE).instances for process in instance.processes]
        status = HTTPStatus.CONFLICT if conflict else HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK
        return self._page(
            "settings",
            visitor,
            status=status,
            typed=typed,
            base=base,
            newest=newest,
            saved=saved,
            conflict=conflict is not None,
            meanwhile=conflict.meanwhile if conflict else (),
            problems=Counter(problems or {}),
            problem_list=list((problems or {}).items()),
            modes=[mode.value for mode in Mode],
            rules=[(mode.value, rule.at_least) for mode, rule in RULES.items()],
            longest_note=LONGEST_NOTE,
            processes=len(lives),
            up_to_date=sum(process.settings_version == newest.version for process in lives),
        )

    def show_history(self, visitor: Visitor) -> Reply:
        """Show versions of the settings, the newest first."""
        text = self._query("before")
        if text and not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text)):
            raise InvalidInputError("invalid-query", f"before is {text[:20]!r}; a version's number is allowed, from 1")
        found = self.history.entries(before=int(text) if text else None, at_most=ENTRIES)
        has_more = len(found) == ENTRIES and found[-1].version > 1
        return self._page(
            "history",
            visitor,
            entries=found,
            is_first=not text,
            next_before=found[-1].version if has_more else None,
        )

    def show_sign_in(self) -> Reply:
        """Show the form to sign in, if that is not done."""
        visitor = self.gate.visitor(self._event())
        if visitor.session is not None:
            return _redirect("/dashboard")
        return self._sign_in_page(visitor, next_page=self._query("next"))

    def sign_in(self) -> Reply:
        """Let somebody in, or show the form again."""
        visitor = self.gate.visitor(self._event())
        fields = self.gate.form(self._event(), visitor, self.app.raw_body())
        name = fields.get("name", "")
        try:
            token = self.gate.sessions.sign_in(name, fields.get("password", ""))
        except TooManyAttemptsError as error:
            problem = f"Too many wrong passwords. Try again in {error.seconds} seconds."
            reply = self._sign_in_page(visitor, name, problem, fields.get("next", ""))
            reply.status_code = HTTPStatus.TOO_MANY_REQUESTS.value
            reply.headers["retry-after"] = str(error.seconds)
            return reply
        if token is None:
            problem = "There is no user with this name and password."
            reply = self._sign_in_page(visitor, name, problem, fields.get("next", ""))
            reply.status_code = HTTPStatus.FORBIDDEN.value
            self.app.logger.warning("a sign-in was refused")
            return reply
        self.app.logger.info("a user has signed in", extra={"user": name})
        reply = _redirect({page: path for page, path, _ in PAGES}.get(fields.get("next", ""), "/dashboard"))
        reply.cookies.extend(self.gate.session_cookies(visitor, token))
        return reply

    def _sign_in_page(self, visitor: Visitor, name: str = "", problem: str = "", next_page: str = "") -> Reply:
        known = {page for page, _, _ in PAGES}
        reply = self._page(
            "sign_in", visitor, name=name[:64], problem=problem, next=next_page if next_page in known else ""
        )
        if visitor.is_new:
            reply.cookies.append(self.gate.form_cookie(visitor))
        return reply

    def sign_out(self, visitor: Visitor) -> Reply:
        """Let the browser forget the session."""
        self.gate.form(self._event(), visitor, self.app.raw_body())
        reply = _redirect(SIGN_IN)
        reply.cookies.extend(self.gate.forgetting(visitor))
        return reply

    def static(self, name: str) -> Reply:
        """Give a file that pages refer to; it holds nothing that not everybody may see.

        :raises NotFoundError: if there is none of this name, which changes with the file.
        """
        found = next((each for each in rendering.static_files().values() if each.name == name), None)
        if found is None:
            raise NotFoundError("no-such-file", "there is no such file; load the page again")
        kept = {"cache-control": "private, max-age=31536000, immutable", "x-content-type-options": "nosniff"}
        return Response(HTTPStatus.OK.value, found.content_type, found.text, headers=kept)

    def for_users(self, page: str, answer: Callable[[Visitor], Reply]) -> Callable[[], Reply]:
        """Return what answers users with a page, and all others with the way to sign in."""

        def known() -> Reply:
            visitor = self.gate.visitor(self._event())
            if visitor.session is None:
                return self._ask_to_sign_in(page)
            try:
                return answer(visitor)
            except ServiceError as error:
                return self._problem(error, visitor)

        return self.for_all(known)

    def for_all(self, answer: Callable[[], Reply]) -> Callable[[], Reply]:
        """Return what answers everybody with a page, though it be one that says what is wrong."""

        def guarded() -> Reply:
            try:
                return answer()
            except ServiceError as error:
                return self._problem(error, Visitor(None, "", is_new=False, is_secure=True))

        return guarded

    def _problem(self, error: ServiceError, visitor: Visitor) -> Reply:
        text = error.message[:1].upper() + error.message[1:] + "."
        title = _PROBLEMS.get(error.status, "This did not work")
        return self._page("problem", visitor, status=error.status, title=title, problem=text)

    def _ask_to_sign_in(self, page: str) -> Reply:
        target = f"{SIGN_IN}?next={page}"
        if "hx-request" in self._event()["headers"]:
            # A part of a page was asked for; the whole of it has to go to the sign-in.
            headers = {**rendering.HEADERS, "hx-redirect": target}
            return Response(HTTPStatus.UNAUTHORIZED.value, HTML, "", headers=headers)
        return _redirect(target)

    def _page(self, template: str, visitor: Visitor, *, status: HTTPStatus = HTTPStatus.OK, **values: object) -> Reply:
        text = rendering.render(
            template,
            environment=self.settings.environment,
            version=self.settings.version,
            user=visitor.session.name if visitor.session else "",
            form_token=self.gate.sessions.form_token(visitor.form_id) if visitor.form_id else "",
            pages=PAGES,
            page=template,
            **values,
        )
        return Response(status.value, HTML, text, headers=dict(rendering.HEADERS), cookies=[])

    def _overview(self, window: Window) -> Overview:
        return self.statistics.overview(window, self.clock())

    def _window(self) -> Window:
        text = self._query("window") or Window.LIVE.value
        if text not in list(Window):
            raise InvalidInputError("invalid-query", f"window is {text[:20]!r}; allowed are {', '.join(Window)}")
        return Window(text)

    def _query(self, name: str) -> str:
        return (self.app.resolver.current_event.query_string_parameters or {}).get(name, "")

    def _event(self) -> Event:
        return self.app.resolver.current_event.raw_event


def _redirect(path: str) -> Reply:
    """Send the browser to another page of ours, with GET (RFC 9110, section 15.4.4)."""
    return Response(HTTPStatus.SEE_OTHER.value, HTML, "", headers={**rendering.HEADERS, "location": path}, cookies=[])


def register(
    app: Application,
    settings: ServiceSettings,
    *,
    statistics: Statistics,
    history: SettingsHistory,
    gate: Gate,
    clock: Callable[[], datetime],
) -> None:
    """Add the dashboard's routes to an application.

    :param clock: UTC.
    """
    board = Dashboard(app, settings, statistics, history, gate, clock)
    answers = {
        "overview": board.overview,
        "hosts": board.hosts,
        "instances": board.instances,
        "settings": board.show_settings,
        "history": board.show_history,
    }
    routes: list[tuple[str, str, str, Callable[..., Reply]]] = [
        ("GET", path, f"Show the dashboard's page: {title}.", board.for_users(page, answers[page]))
        for page, path, title in PAGES
    ]
    routes += [
        ("POST", "/dashboard/settings", "Take the form with the fleet's settings.",
         board.for_users("settings", board.change_settings)),
        ("GET", SIGN_IN, "Show the form to sign in.", board.for_all(board.show_sign_in)),
        ("POST", SIGN_IN, "Take the form to sign in.", board.for_all(board.sign_in)),
        ("POST", "/dashboard/sign-out", "Take the form to sign out.", board.for_users("overview", board.sign_out)),
        ("GET", "/dashboard/static/{name}", "Give the style sheet or the script of pages.", board.static),
    ]  # fmt: skip
    for method, path, summary, answer in routes:
        app.route(method, path, summary, reply=PAGE)(answer)
