"""Assets made of exactly the files that are wanted, under a hash of exactly their contents.

Anything else that lies beside them (byte code, editors' files, texts for people: see :mod:`contract.sources`) neither
travels nor changes the hash, so that the same sources always give the same template. Byte code travels only where it
was made to: what Python leaves behind by the way looks at its source's time, which unpacking changes.
"""

import hashlib
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from contract.sources import travels

CACHES = "__pycache__"
UNCHECKED = 0b01
"""Flags of byte code that is used whatever its source's time. Source: PEP 552, https://peps.python.org/pep-0552/"""

TASK_ROOT = "/var/task"
"""Where Lambda unpacks a function's code; traces of errors name it, and not a folder of this machine."""


@dataclass(frozen=True)
class Compiler:
    """Who makes the byte code of a bundle.

    :param runtime: name of the version that reads it, for example `python3.12`; part of the bundle's hash.
    :param program: a Python of that very version. Where a machine has none, the sources travel alone: slower to start,
        the same otherwise, and so under the same hash.
    """

    runtime: str
    program: Path

    def compile(self, folder: Path) -> None:
        """Compile all sources below a folder, each beside itself.

        :raises subprocess.CalledProcessError: if one cannot be compiled.
        """
        if not self.program.exists():
            return
        options = ["-q", "-f", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", TASK_ROOT]
        # Isolated: no setting of who synthesises, such as PYTHONPATH, may say what is compiled with.
        subprocess.run([self.program, "-I", "-m", "compileall", *options, folder], check=True)


@dataclass(frozen=True)
class Bundle:
    """Files below one folder that become an asset with the same relative paths.

    :param root: folder that the paths are relative to.
    :param paths: relative paths of the files, sorted.
    :param identity: text that stands for the files in the hash, where they are built from it; none to read them.
    :param compiler: who adds byte code; none for the files as they are.
    """

    root: Path
    paths: tuple[Path, ...]
    identity: str | None = None
    compiler: Compiler | None = None

    @classmethod
    def collect(
        cls, root: Path, sources: Iterable[str], *, identity: str | None = None, compiler: Compiler | None = None
    ) -> "Bundle":
        """Collect files, and all files below folders, except what Python has cached by the way.

        Of sources, only what travels is collected; of what was built, which has an identity, everything.

        :param sources: paths relative to root.
        :raises FileNotFoundError: if one of them does not exist.
        """
        found: set[Path] = set()
        for source in sources:
            path = root / source
            if not path.exists():
                raise FileNotFoundError(f"{path} is missing, and an asset needs it; restore it from the repository")
            files = path.rglob("*") if path.is_dir() else [path]
            found |= {file.relative_to(root) for file in files if file.is_file()}
        if identity is None:
            found = set(filter(travels, found))
        wanted = sorted(path for path in found if CACHES not in path.parts or _is_meant(root / path))
        return cls(root, tuple(wanted), identity, compiler)

    def digest(self) -> str:
        """Return a hash over the files' names and contents, 64 hexadecimal digits."""
        if self.identity is not None:
            return hashlib.sha256(self.identity.encode()).hexdigest()
        digest = hashlib.sha256()
        for path in self.paths:
            content = (self.root / path).read_bytes()
            digest.update(f"{path.as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
        if self.compiler is not None:
            digest.update(f"byte code for {self.compiler.runtime}".encode())
        return digest.hexdigest()

    def copy_to(self, target: Path) -> None:
        """Copy the files to a folder, and compile them there."""
        for path in self.paths:
            destination = target / path
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.root / path, destination)
            destination.chmod((self.root / path).stat().st_mode & 0o777)
        if self.compiler is not None:
            self.compiler.compile(target)

    def as_code(self) -> lambda_.AssetCode:
        """Return the files as the code of a function or a layer."""
        return lambda_.Code.from_asset(
            str(self.root), asset_hash=self.digest(), asset_hash_type=AssetHashType.CUSTOM, bundling=self._bundling()
        )

    def as_asset(self, scope: Construct, construct_id: str) -> assets.Asset:
        """Add the files to an application as an asset."""
        return assets.Asset(
            scope,
            construct_id,
            path=str(self.root),
            asset_hash=self.digest(),
            asset_hash_type=AssetHashType.CUSTOM,
            bundling=self._bundling(),
        )

    def _bundling(self) -> BundlingOptions:
        # The CDK fills a folder of another name and renames it, so an interrupted synthesis leaves no half asset.
        return BundlingOptions(image=DockerImage.from_registry("never-used"), local=_Copy(self))


def _is_meant(path: Path) -> bool:
    """Return whether a file of a cache was made to travel."""
    with path.open("rb") as file:
        return int.from_bytes(file.read(8)[4:], "little") == UNCHECKED


@jsii.implements(ILocalBundling)
class _Copy:
    """Lets the CDK fill its asset folder by copying; no container is ever started."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def try_bundle(self, output_dir: str, *_: object, **__: object) -> bool:
        self._bundle.copy_to(Path(output_dir))
        return True
