"""Tries the HTML service on real pages: those of the packages in `pages.txt`, and those in any folder."""

import contextlib
import io
import json
import re
import subprocess
import sys
import tarfile
import time
import tracemalloc
from dataclasses import dataclass
from pathlib import Path

from aws_lambda_powertools import Logger

from contract import routes
from contract.modes import Engine, Mode
from lambda_src.html_service.charset import detect
from lambda_src.html_service.outline import TooManyNodesError, to_outline, to_page
from lambda_src.html_service.routes import build_application as build_html_service
from lambda_src.html_service.segmenter import find_segments
from lambda_src.html_service.text_service import Transformed
from lambda_src.semantic_text_service.embedded import EmbeddedEngine
from lambda_src.semantic_text_service.routes import build_application as build_text_service
from lambda_src.shared.settings import ServiceSettings
from tests.fuzz.function_server import as_wsgi
from tests.fuzz.judges import by_lexbor, check

MANIFEST = Path(__file__).with_name("pages.txt")
PAGE = re.compile(r"\.(html?|xhtml)(\.[a-z]{2}([_-][A-Za-z]{2})?)?$|\.testcase$", re.IGNORECASE)
"""Names of pages, those in a language (`index.html.ja`) and the fuzzers' finds of other projects too."""


@dataclass(frozen=True)
class Tried:
    """What became of one page.

    :param name: where it comes from.
    :param size: in bytes.
    :param texts: how many were found in it.
    :param seconds: processor time of finding and reading them.
    :param peak: bytes of memory that this took at most.
    :param problems: what was wrong; nothing, usually.
    """

    name: str
    size: int
    texts: int
    seconds: float
    peak: int
    problems: tuple[str, ...]


def fetch(folder):
    """Fetch the packages' sources with pip, which checks their digests; what is there is not fetched again."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "-r", MANIFEST, "-d", folder]
    subprocess.run(command, check=True, stdout=sys.stderr)


def pages_of(folder):
    """Yield the name and bytes of each page in a folder, and in the archives that lie in it."""
    for path in sorted(Path(folder).rglob("*")):
        if path.name.endswith(".tar.gz"):
            with tarfile.open(path) as archive:
                for member in archive:
                    if member.isfile() and PAGE.search(member.name):
                        yield f"{path.name}:{member.name}", archive.extractfile(member).read()
        elif PAGE.search(path.name) and path.is_file():
            yield str(path), path.read_bytes()


def try_page(named):
    """Try a page: no byte is lost, no element changes, and each mode answers."""
    name, page = named
    encoding = detect(page, None)
    began = time.process_time()
    texts = len(find_segments(page, encoding))
    seconds = time.process_time() - began
    tracemalloc.start()
    find_segments(page, encoding)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    problems = [f"{type(error).__name__}: {str(error)[:200]}" for error in _errors(page, encoding)]
    return Tried(name, len(page), texts, seconds, peak, tuple(problems))


def _errors(page, encoding):
    for step in (check, _check_nodes, _check_modes):
        try:
            step(page, encoding)
        except Exception as error:
            yield error


def _check_nodes(page, encoding):
    try:
        assert to_page(to_outline(page, encoding).nodes, encoding) == page, "other nodes"
    except TooManyNodesError:
        return  # said so, and the page goes on whole


def _check_modes(page, encoding):
    before = by_lexbor(page, encoding) if encoding.codec else None
    for mode in Mode:
        status, changed = _post(SERVICE, routes.TRANSFORM_PAGE, page, f"mode={mode}")
        assert status == 200, f"{mode} is answered with {status}"
        if mode in (Mode.OFF, Mode.ROUNDTRIP) or before is None:
            assert changed == page, f"{mode} changes bytes"
        else:
            assert by_lexbor(changed, encoding) == before, f"{mode} changes elements"


def _post(application, path, body, query=""):
    """Return status and body of the answer."""
    statuses = []
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": path, "QUERY_STRING": query, "CONTENT_TYPE": "application/json"}
    environ |= {"CONTENT_LENGTH": len(body), "wsgi.input": io.BytesIO(body)}
    with contextlib.redirect_stdout(io.StringIO()):  # metrics go there
        answer = application(environ, lambda line, _: statuses.append(int(line.split()[0])))
    return statuses[0], b"".join(answer)


class _TextsInProcess:
    """Asks the semantic text service as the HTML service does, but for the network."""

    def __init__(self, service):
        self._service = service

    def transform(self, mode, texts, _parameters, _caller):
        status, answer = _post(
            self._service, routes.TRANSFORM_TEXTS, json.dumps({"mode": mode, "texts": texts}).encode()
        )
        assert status == 200, f"the texts of {mode} are answered with {status}: {answer[:200]!r}"
        return Transformed(json.loads(answer)["texts"])


def _service():
    settings = ServiceSettings("tried", "1", "test")
    logger = Logger(service="tried", stream=io.StringIO())
    texts = build_text_service(settings, {Engine.EMBEDDED: EmbeddedEngine()}, logger=logger)
    return as_wsgi(build_html_service(settings, _TextsInProcess(as_wsgi(texts)), logger=logger))


SERVICE = _service()
