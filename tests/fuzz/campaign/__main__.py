"""`python -m tests.fuzz.campaign`: what takes too long for `make test`.

`pages` tries every real page that can be had, `bytes` looks for input that breaks the HTML service. Both end with
a status other than 0 if they find anything; what they find becomes a case of `tests/fuzz/corpus/found.json`.
"""

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import batched, chain
from pathlib import Path

from local.setup import ROOT, UV, pip_settings
from tests.fuzz.campaign.pages import fetch, pages_of, try_page

FOLDER = ROOT / ".slipway" / "fuzz"
HERE = Path(__file__).parent
SLOWEST_SHOWN = 3
HELD_AT_ONCE = 200
"""Pages in memory, of as many as there may be."""


def say(text):
    sys.stderr.write(f"{text}\n")


def try_pages(folders, workers):
    """Try the pages of the packages in `pages.txt` and those of folders; return the exit status."""
    fetch(FOLDER / "packages")
    named = chain.from_iterable(map(pages_of, (FOLDER / "packages", ROOT / "local" / "pages", *folders)))
    tried = []
    with ProcessPoolExecutor(workers) as pool:
        for batch in batched(named, HELD_AT_ONCE):
            for done in pool.map(try_page, batch):
                tried.append(done)
                for problem in done.problems:
                    say(f"{done.name}: {problem}")
    sys.stdout.write(f"{_report(tried)}\n")
    return int(any(done.problems for done in tried))


def _report(tried):
    size = sum(done.size for done in tried)
    wrong = sum(bool(done.problems) for done in tried)
    lines = [
        f"{len(tried)} pages, {size / 1e6:.1f} MB, {sum(done.texts for done in tried)} texts; {wrong} with problems"
    ]
    # Of small pages it is the machine that is measured.
    slowest = sorted((done for done in tried if done.size > 10_000), key=lambda done: -done.seconds / done.size)
    for done in slowest[:SLOWEST_SHOWN]:
        speed = done.size / done.seconds / 1e6
        lines.append(f"slowest: {speed:.1f} MB/s, {done.peak / done.size:.1f} bytes of memory a byte: {done.name}")
    return "\n".join(lines)


def search(minutes):
    """Search for bytes on which the HTML service fails; what is found lies in `FOLDER`. Return the exit status."""
    packages, corpus, seeds = (FOLDER / name for name in ("site-packages", "corpus", "seeds"))
    for folder in (corpus, seeds):
        folder.mkdir(parents=True, exist_ok=True)
    command = [UV, "pip", "install", "-q", "--require-hashes", "--python", sys.executable, "--target", packages]
    subprocess.run([*command, "-r", HERE / "requirements.txt"], check=True, env={**os.environ, **pip_settings()})
    _write_seeds(seeds)
    options = (f"-max_total_time={round(minutes * 60)}", "-max_len=1000", "-timeout=10", "-rss_limit_mb=1024")
    path = os.pathsep.join((str(ROOT), str(packages)))
    return subprocess.run(
        [sys.executable, "-m", "tests.fuzz.campaign.coverage", *options, f"-dict={seeds.with_name('words')}",
         f"-artifact_prefix={FOLDER}/", "-print_final_stats=1", corpus, seeds],
        cwd=ROOT, check=False, env={**os.environ, "PYTHONPATH": path},
    ).returncode  # fmt: skip


def _write_seeds(folder):
    """Write the known cases, and the pieces that they are made of, for the search to begin with."""
    from tests.fuzz.test_segmenter import PIECES

    cases = json.loads((HERE.parent / "corpus" / "html5lib.json").read_text())
    for number, case in enumerate(case for kind in sorted(cases) for case in cases[kind]):
        # The first byte says that it is UTF-8, the second what is put in the place of texts; see `coverage.py`.
        (folder / str(number)).write_bytes(bytes((1, number % 3)) + case.encode(errors="surrogatepass"))
    words = ("".join(f"\\x{byte:02x}" for byte in piece.encode("latin-1")) for piece in PIECES)
    folder.with_name("words").write_text("".join(f'"{word}"\n' for word in words))


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.campaign", description=__doc__.splitlines()[2])
    commands = parser.add_subparsers(dest="command", required=True)
    pages = commands.add_parser("pages", help="try every real page that can be had")
    pages.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="with more pages, at any depth")
    pages.add_argument("--workers", type=int, default=os.cpu_count())
    found = commands.add_parser("bytes", help="look for input that breaks the HTML service, led by coverage")
    found.add_argument("--minutes", type=float, default=20)
    told = parser.parse_args()
    return try_pages(told.folders, told.workers) if told.command == "pages" else search(told.minutes)


if __name__ == "__main__":
    sys.exit(main())
