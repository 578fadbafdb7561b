"""An image, built here: a bare system, the documents run on it, and instances that are launched from what came out.

It puts the parts together in the order in which Image Builder does: all documents' build phases, then all their
validate phases, on one machine; then, on a machine made from the result, their test phases.
"""

from __future__ import annotations

import io
import platform
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from contract.sources import IMAGE_SOURCES, travels
from contract.versions import CLOUDWATCH_AGENT
from emulator.launcher import Emulator
from local.console import step
from local.image import bases, documents, host, root, s3, stand_in
from local.image.awstoe import Executor, StepResult
from local.image.documents import Document
from local.setup import PYTHON, ROOT, WORK

ROOTS = WORK / "roots"
COMPONENTS = ROOT / "ami_build" / "components"
BUCKET, KEY = "slipway-image-sources", "sources.zip"
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
"""By what the kernel says, what image.architecture says."""


@dataclass(frozen=True)
class Hearing:
    """Who is told what happens: each line, each step that begins, each that ends."""

    line: Callable[[str], None] = lambda _line: None
    begun: Callable[[str, str, str], None] = lambda _document, _phase, _step: None
    ended: Callable[[StepResult], None] = lambda _result: None


@dataclass(frozen=True)
class Workshop:
    """What builds on this machine have in common, from the start to the end of one command.

    :param folder: of this run; removed at its end.
    :param base: the bare system.
    :param environment: what every command inside gets to find packages.
    :param outside: the S3 that actions reach.
    :param arguments: values of the documents' parameters.
    :param folders: what is lent to builders beside the folder `lent`, by the name that it has inside.
    """

    folder: Path
    base: Path
    environment: Mapping[str, str]
    outside: s3.Outside
    arguments: Mapping[str, str]
    folders: Mapping[str, Path]

    @property
    def image(self) -> Path:
        """Where the root folder of the image is, or becomes, even if a step fails."""
        return self.folder / "image" / "root"

    def build(self, chosen: Sequence[Document], *, hearing: Hearing) -> tuple[Path, list[StepResult]]:
        """Build an image; return its root folder and how each step went.

        :raises BuildFailed: if a step fails.
        """
        place = self._place("image")
        with ExitStack() as stack:
            with step("start a copy of the bare system, to build in"):
                root.copy(self.base, place / "root")
                machine = stack.enter_context(self._machine(place, hearing))
            executor = self.executor(machine, hearing)
            results = executor.run(chosen, "build")
            # What is validated is there; and the firewall can only be checked where it could be set up.
            machine.reachable = False
            results += executor.run(chosen, "validate")
            machine.halt()
        return self.image, results

    def builder(self, name: str, below: Path, *, hearing: Hearing) -> root.Root:
        """Return a machine to build on that begins as another system is, to be started.

        :param name: of its folder. :param below: the root folder that it begins as; that one does not change.
        """
        place = self._place(name)
        _lay_over(place, below)
        return self._machine(place, hearing)

    def instance(
        self, name: str, image: Path, *, hearing: Hearing, settings: Mapping[str, str] | None = None
    ) -> root.Root:
        """Return a machine made from an image, to be started; it has no network but its own, and nothing is lent to it.

        :param name: of its folder. :param image: root folder of the image. :param settings: variables for its services.
        """
        place = self.folder / name
        (place / "lent").mkdir(parents=True)
        (place / "lent" / "resolv.conf").touch()
        (place / "folders").touch()
        _lay_over(place, image)
        return root.Root(place / "root", place, environment={}, settings=settings, heard=hearing.line)

    def _place(self, name: str) -> Path:
        place = self.folder / name
        place.mkdir()
        (place / "lent").symlink_to(self.folder / "lent")
        (place / "folders").write_text("".join(f"{path} {inside}\n" for inside, path in self.folders.items()))
        return place

    def _machine(self, place: Path, hearing: Hearing) -> root.Root:
        return root.Root(place / "root", place, environment=self.environment, reachable=True, heard=hearing.line)

    def executor(self, machine: root.Root, hearing: Hearing, changes: Mapping[str, str] | None = None) -> Executor:
        """Return what runs documents on a machine."""
        return Executor(
            machine,
            self.outside,
            {**self.arguments, **(changes or {})},
            used=lambda: root.size(machine.folder),
            begun=hearing.begun,
            ended=hearing.ended,
        )


def _lay_over(place: Path, below: Path) -> None:
    """Prepare a system that begins as another; see enter.sh for how it is made so."""
    for part in ("root", "above", "aside"):
        (place / part).mkdir()
    (place / "below").symlink_to(below)


def read_components(folder: Path = COMPONENTS) -> list[Document]:
    """Return the documents of a folder in the order of their names, as the recipe has them.

    :raises DocumentError: with all that is wrong with any.
    """
    return documents.read_all(sorted(folder.glob("*.yaml")))


@contextmanager
def workshop(
    environ: Mapping[str, str], *, folder: Path = ROOTS, arguments: Mapping[str, str] | None = None
) -> Iterator[Workshop]:
    """Make ready what builds need; remove all but the bare system at the end.

    :param environ: this process's environment, of which a build gets the ways to packages and nothing else.
    :param folder: where the bare systems are kept, and the folder of this run is made.
    :param arguments: values of parameters beside, or instead of, those that are known here.
    :raises LocalError: if this machine cannot.
    """
    release = bases.release_for(host.os_release())
    mirror = bases.mirror_for(release, bases.apt_sources())
    # Programs for root are not on everyone's path.
    environment = {**environ, "PATH": f"{environ.get('PATH', '')}:/usr/sbin:/sbin"}
    base = bases.base(folder, release, mirror, environment)
    with ExitStack() as stack:
        run = stack.enter_context(root.workplace(folder, ending=end_left))
        (run / "lent").mkdir()
        loan = host.lend(run / "lent", pip=host.pip_settings(str(PYTHON)), apt=host.apt_settings(), environ=environ)
        emulator = Emulator(run / "aws", bound=True)
        stack.callback(emulator.destroy)
        with step("start an embedded AWS that has the sources"):
            emulator.start()
            outside = s3.Outside(emulator.environment())
            outside.create_bucket(BUCKET)
            outside.put_object(BUCKET, KEY, sources())
        known = {
            "SourceBucket": BUCKET,
            "SourceKey": KEY,
            "BillsUri": f"s3://{BUCKET}/bills-of-materials",
            "PythonVersion": release.python,
            "MitmproxyVersion": mitmproxy_version(),
            "Architecture": ARCHITECTURES[platform.machine().lower()],
            "PackageSnapshot": "none",
            "CloudWatchAgentVersion": CLOUDWATCH_AGENT,
        }
        made = Workshop(run, base, loan.environment, outside, known, loan.folders)
        if not {"CloudWatchAgentSource"} & set(arguments or {}):
            known |= stack.enter_context(stand_in.served(_stand_in(made, folder)))
        yield Workshop(run, base, loan.environment, outside, {**known, **(arguments or {})}, loan.folders)


def end_left(run: Path) -> None:
    """End what still runs of a run that was ended by force: nothing may write where its folder is removed."""
    for state in run.glob("aws*/"):
        Emulator(state).stop()
    for group in run.glob(f"*/{root.GROUP}"):
        root.remove_group(group.read_text(), group.parent)


def _stand_in(shop: Workshop, folder: Path) -> Path:
    """Return the folder with the agent's stand-in; make it once for each version."""
    kept = folder / f"agent-{CLOUDWATCH_AGENT}-{stand_in.IDENTITY}"
    if not kept.is_dir():
        with (
            step("make the package that stands in for the CloudWatch agent"),
            shop.builder("stand-in", shop.base, hearing=Hearing()) as machine,
        ):
            stand_in.make(machine, CLOUDWATCH_AGENT)
            root.copy(machine.view / stand_in.MADE_AT, kept)
    return kept


def sources(root_folder: Path = ROOT) -> bytes:
    """Return the archive that the documents install from: what the image stack uploads, as a ZIP file."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for folder in IMAGE_SOURCES:
            for path in sorted((root_folder / folder).rglob("*")):
                name = path.relative_to(root_folder)
                if path.is_file() and travels(name) and "__pycache__" not in name.parts:
                    target.write(path, name)
    return archive.getvalue()


def mitmproxy_version(lock: Path = ROOT / "ami_build" / "proxy" / "requirements" / "proxy.txt") -> str:
    """Return the version that the lock pins."""
    line = next(line for line in lock.read_text().splitlines() if line.startswith("mitmproxy=="))
    return line.split("==")[1].split()[0]
