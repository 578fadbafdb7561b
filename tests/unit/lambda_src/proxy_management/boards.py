"""What the tests of the dashboard's pages share: a dashboard, a browser that has signed in, and how to read a page."""

import re

import html5lib
import pytest

from contract.statistics import MINUTE_FORMAT, Report
from lambda_src.proxy_management.hours import Process
from lambda_src.proxy_management.reports import take_report
from tests.unit.lambda_src.proxy_management.people import Board, BrowserOf


@pytest.fixture
def board():
    return Board()


@pytest.fixture
def browser(board):
    found = BrowserOf(board)
    assert found.sign_in().status == 303
    return found


def report(board, cell, process="1", **told):
    minute = board.now.strftime(MINUTE_FORMAT)
    take_report(board.statistics, Process("i-1", process), Report(1, cells={minute: cell}, **told), board.now)


def parsed(reply):
    """Return a page as a strict parser of HTML reads it."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(reply.text)


def text_of(reply):
    return re.sub(r"\s+", " ", " ".join(parsed(reply).itertext()))


def fields_of(reply, **others):
    base = re.search(r'name="base" value="(\d+)"', reply.text)[1]
    return {"form-token": reply.form_token(), "base": base, **others}
