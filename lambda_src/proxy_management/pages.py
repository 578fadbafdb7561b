"""The dashboard's pages: who may see them, what stands in them, and where a browser goes next.

HTTP only: figures come from :mod:`.windows`, settings from :mod:`.settings_history`, sessions from :mod:`.gate`, HTML
from :mod:`.rendering`. All work without scripts; with one, the live figures renew themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
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
from lambda_src.proxy_management.settings_form import BASE, Typed, own_fields
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

_SLOTS = {
    Window.LIVE: ("minute", "%H:%M"),
    Window.HOUR: ("five minutes", "%H:%M"),
    Window.DAY: ("hour", "%m-%d %H:%M"),
    Window.WEEK: ("six hours", "%m-%d %H:%M"),
}

_PROBLEMS = {
    HTTPStatus.FORBIDDEN: "Not allowed",
    HTTPStatus.NOT_FOUND: "There is no such page",
    HTTPStatus.UNPROCESSABLE_ENTITY: "That does not fit",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not available just now",
}

NOTHING_HERE = "Nothing is at this address."
UNCHANGED = "Nothing was changed, so there is no new version."
ENDED = "Your session has ended, and nothing is saved yet. Sign in, and what you typed stands in the form again."

Reply = Response[str]


@dataclass(frozen=True)
class Dashboard:
    """Answers for pages.

    :param clock: UTC.
    :param default_mode: that of the deployment, which holds where the settings name none.
    """

    app: Application
    settings: ServiceSettings
    statistics: Statistics
    history: SettingsHistory
    gate: Gate
    clock: Callable[[], datetime]
    default_mode: str

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
            results=[(rendering.RESULT_WORDS.get(name, name), count) for name, count in found.totals.results.items()],
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
        saved = self._query("saved") == str(newest.version)
        notice = f"Version {newest.version} is saved. Each process takes it over with its next report."
        return self._settings_page(visitor, Typed.showing(newest.settings), notice=notice if saved else "")

    def change_settings(self) -> Reply:
        """Make what was typed the next version, or show it again with what is in the way: it is never lost."""
        visitor = self.gate.visitor(self._event())
        fields = self.gate.fields(self._event(), self.app.raw_body())
        if visitor.session is None:
            return self._sign_in_page(visitor, {**fields, "next": "settings"}, ENDED, HTTPStatus.FORBIDDEN)
        typed = Typed.read(fields)
        if not self.gate.is_made_for(visitor, fields):
            return self._settings_page(visitor, typed, unsaved=True, status=HTTPStatus.FORBIDDEN)
        if problems := typed.problems():
            return self._settings_page(visitor, typed, problems=problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            made = self.history.change(
                typed.base_version,
                typed.settings(),
                who=visitor.session.name,
                note=typed.note.strip(),
                now=self.clock(),
            )
        except OutdatedChangeError as error:
            return self._settings_page(visitor, typed, conflict=error, status=HTTPStatus.CONFLICT)
        if made.version == typed.base_version:
            return self._settings_page(visitor, typed, notice=UNCHANGED)
        return _redirect(f"/dashboard/settings?saved={made.version}")

    def _settings_page(
        self,
        visitor: Visitor,
        typed: Typed,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        notice: str = "",
        unsaved: bool = False,
        problems: Mapping[str, str] | None = None,
        conflict: OutdatedChangeError | None = None,
    ) -> Reply:
        newest = conflict.newest if conflict else self.history.newest()
        lives = [process for instance in self._overview(Window.LIVE).instances for process in instance.processes]
        # A mode that only others know must be seen by whoever would take its threshold away.
        ratings = {**dict.fromkeys(newest.settings.ratings, ""), **typed.ratings} if conflict else typed.ratings
        return self._page(
            "settings",
            visitor,
            status=status,
            notice=notice,
            unsaved=unsaved,
            typed=typed,
            # Only who is told of others' changes has seen more than they had when they began.
            base=str(newest.version) if conflict else typed.base,
            newest=newest,
            conflict=conflict,
            problems=problems or {},
            replaced=typed.replaces(newest.settings) if conflict else {},
            modes=[mode.value for mode in Mode],
            deployed_mode=self.default_mode,
            ratings=[(mode, _own_threshold(mode), text) for mode, text in ratings.items()],
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
        return self._sign_in_page(visitor, {"next": self._query("next")})

    def sign_in(self) -> Reply:
        """Let somebody in, or show the form again."""
        visitor = self.gate.visitor(self._event())
        fields = self.gate.form(self._event(), visitor, self.app.raw_body())
        name = fields.get("name", "")
        try:
            token = self.gate.sign_in(self._event(), name, fields.get("password", ""))
        except TooManyAttemptsError as error:
            problem = f"Too many wrong passwords. Try again in {error.seconds} seconds."
            reply = self._sign_in_page(visitor, fields, problem, HTTPStatus.TOO_MANY_REQUESTS)
            reply.headers["retry-after"] = str(error.seconds)
            return reply
        if token is None:
            self.app.logger.warning("a sign-in was refused")
            problem = "There is no user with this name and password."
            return self._sign_in_page(visitor, fields, problem, HTTPStatus.FORBIDDEN)
        self.app.logger.info("a user has signed in", extra={"user": name})
        if BASE in fields:
            reply = self._settings_page(self.gate.signed_in(visitor, token), Typed.read(fields), unsaved=True)
        else:
            reply = _redirect({page: path for page, path, _ in PAGES}.get(fields.get("next", ""), "/dashboard"))
        reply.cookies.extend(self.gate.session_cookies(visitor, name, token))
        return reply

    def _sign_in_page(
        self, visitor: Visitor, fields: Mapping[str, str], problem: str = "", status: HTTPStatus = HTTPStatus.OK
    ) -> Reply:
        """Return the form to sign in.

        :param fields: of what was sent; those of the form for settings wait in this one until somebody has signed in.
        """
        known = {page for page, _, _ in PAGES}
        kept = {"next": fields["next"]} if fields.get("next") in known else {}
        reply = self._page(
            "sign_in",
            visitor,
            status=status,
            name=fields.get("name", "")[:64],
            problem=problem,
            kept=kept | own_fields(fields),
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
            return self._ask_to_sign_in(page) if visitor.session is None else answer(visitor)

        return known

    def problem(self, error: ServiceError) -> Reply:
        """Say on a page what is wrong."""
        text = NOTHING_HERE if error.code == "no-such-route" else f"{error.message[:1].upper()}{error.message[1:]}."
        title = _PROBLEMS.get(error.status, "This did not work")
        return self._page("problem", self._who_is_told(error), status=error.status, title=title, problem=text)

    def _who_is_told(self, error: ServiceError) -> Visitor:
        nobody = Visitor(None, "", is_new=False, is_secure=True)
        if error.status is HTTPStatus.INTERNAL_SERVER_ERROR:
            return nobody  # Whatever failed may be what would say who asks.
        try:
            visitor = self.gate.visitor(self._event())
        except ServiceError:
            return nobody
        return visitor if visitor.session else nobody

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


def _own_threshold(mode: str) -> float | None:
    rule = RULES.get(Mode(mode)) if mode in list(Mode) else None
    return rule.at_least if rule else None


def register(
    app: Application,
    settings: ServiceSettings,
    *,
    statistics: Statistics,
    history: SettingsHistory,
    gate: Gate,
    clock: Callable[[], datetime],
    default_mode: str,
) -> None:
    """Add the dashboard's routes to an application.

    :param clock: UTC.
    :param default_mode: that of the deployment.
    """
    board = Dashboard(app, settings, statistics, history, gate, clock, default_mode)
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
         board.change_settings),
        ("GET", SIGN_IN, "Show the form to sign in.", board.show_sign_in),
        ("POST", SIGN_IN, "Take the form to sign in.", board.sign_in),
        ("POST", "/dashboard/sign-out", "Take the form to sign out.", board.for_users("overview", board.sign_out)),
        ("GET", "/dashboard/static/{name}", "Give the style sheet or a script of pages.", board.static),
    ]  # fmt: skip
    for method, path, summary, answer in routes:
        app.route(method, path, summary, reply=PAGE)(answer)
    app.tell_errors("/dashboard", board.problem)
