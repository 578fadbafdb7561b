"""Assets made of exactly the files that are wanted, under a hash of exactly their contents.

Anything else that lies beside them (byte code, editors' files, tests) neither travels nor changes the hash, so that the
same sources always give the same template.
"""

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

NOT_SOURCES = frozenset({"__pycache__"})


@dataclass(frozen=True)
class Bundle:
    """Files below one folder that become an asset with the same relative paths.

    :param root: folder that the paths are relative to.
    :param paths: relative paths of the files, sorted.
    :param identity: text that stands for the files in the hash, where they are built from it; none to read them.
    """

    root: Path
    paths: tuple[Path, ...]
    identity: str | None = None

    @classmethod
    def collect(cls, root: Path, sources: Iterable[str], *, identity: str | None = None) -> "Bundle":
        """Collect files, and all files below folders, except Python's caches.

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
        wanted = sorted(path for path in found if not NOT_SOURCES & set(path.parts))
        return cls(root, tuple(wanted), identity)

    def digest(self) -> str:
        """Return a hash over the files' names and contents, 64 hexadecimal digits."""
        if self.identity is not None:
            return hashlib.sha256(self.identity.encode()).hexdigest()
        digest = hashlib.sha256()
        for path in self.paths:
            content = (self.root / path).read_bytes()
            digest.update(f"{path.as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    def copy_to(self, target: Path) -> None:
        """Copy the files to a folder."""
        for path in self.paths:
            destination = target / path
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.root / path, destination)
            destination.chmod((self.root / path).stat().st_mode & 0o777)

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


@jsii.implements(ILocalBundling)
class _Copy:
    """Lets the CDK fill its asset folder by copying; no container is ever started."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def try_bundle(self, output_dir: str, *_: object, **__: object) -> bool:
        self._bundle.copy_to(Path(output_dir))
        return True
