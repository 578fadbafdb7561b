"""A deployment with images and their bills, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace

from contract import images, outputs
from slipway.domain.images import Deployment, Image, Status
from slipway.engine.bills.reading import digest_of
from slipway.engine.images.ports import Clock, Site

URI = "s3://artifacts/bills-of-materials"
OUTPUTS = {
    outputs.IMAGE_PIPELINE_ARN: "arn:aws:imagebuilder:eu-west-1:111122223333:image-pipeline/p",
    outputs.IMAGE_VERSION: "1.2.3",
    outputs.IMAGE_PARAMETER: "/imagebuilder/shop/blue/1.2.3/ami-id",
    outputs.BASE_IMAGE_PARAMETER: "/base",
    outputs.IMAGE_LOG_GROUP: "/aws/imagebuilder/shop-blue-proxy",
    outputs.BILLS_OF_MATERIALS: URI,
}


@dataclass
class Workshop:
    """Builds 1.2.3/1, 1.2.3/2, … of environment `blue`, and what is known of each."""

    found: list[Image] = field(default_factory=list)
    kept: dict[tuple[str, str], bytes] = field(default_factory=dict)
    logged: dict[str, list[str]] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=lambda: dict(OUTPUTS))

    def add(self, document: bytes | None, *, tag: bool = True, log: bool = False) -> Image:
        """Add a newer image, and its bill where that is kept, and where its hash is told."""
        number = len(self.found) + 1
        digest = digest_of(document or b"")
        if document is not None:
            self.kept[URI, digest] = document
        image = Image(
            arn=f"arn:aws:imagebuilder:eu-west-1:111122223333:image/shop-blue-proxy/1.2.3/{number}",
            version="1.2.3",
            build=number,
            status=Status.AVAILABLE,
            created=datetime(2026, 11, number, tzinfo=UTC),
            amis={"eu-west-1": f"ami-{number:04}"},
            tags={images.BASE_IMAGE_TAG: "ami-0001"} | ({images.BILL_TAG: digest} if tag else {}),
        )
        if log:
            self.logged[image.label] = ["begin", f"CmdExecution: Stdout: {images.BILL_LOG_LINE}{digest}", "end"]
        self.found.insert(0, image)
        return image

    @property
    def site(self) -> Site:
        """The deployment, as the engine works on it."""
        deployment = Deployment(
            project="shop",
            environment="blue",
            account=None,
            regions=("eu-west-1",),
            architecture="arm64",
            image_name="shop-blue-proxy",
            image_stack="shop-blue-image",
            fleet_stacks={},
            given_amis={},
            test_minutes=60,
        )
        nothing = SimpleNamespace()
        return Site(
            deployment=deployment,
            builder=SimpleNamespace(images=lambda _: self.found),
            machines=nothing,
            parameters=nothing,
            logs=SimpleNamespace(lines=lambda image, _: self.logged.get(image.label, [])),
            bills=SimpleNamespace(read=lambda uri, digest: self.kept.get((uri, digest))),
            stacks=SimpleNamespace(outputs=lambda *_: self.outputs),
            clock=Clock(seconds=lambda: 0.0, sleep=lambda _: None),
            say=lambda _: None,
        )
