"""What each action of a component document is told, with the names, types and defaults that AWSTOE documents.

Only data: how an action is carried out stands in :mod:`local.image.actions`. Actions for Windows are not here.

Source: https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-action-modules.html
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, model_validator

from local.image.conditions import Expression

Path = Annotated[str, StringConstraints(min_length=1)]
Permissions = Annotated[str, StringConstraints(pattern=r"^0?[0-7]{3,4}$|\{\{")]
"""Octal digits in quotes: without quotes YAML would read another number."""


class Inputs(BaseModel):
    """What one action, or one entry of its list, is told."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ExecuteBash(Inputs):
    commands: list[str] = Field(min_length=1)


class ExecuteBinary(Inputs):
    path: Path
    arguments: list[str] = []


class Transfer(Inputs):
    source: Path
    destination: Path


class S3Download(Transfer):
    expectedBucketOwner: str | None = None  # noqa: N815


class S3Upload(S3Download):
    recurse: bool = False


class WebDownload(Transfer):
    overwrite: bool = True
    checksum: str | None = None
    algorithm: Annotated[str, StringConstraints(pattern=r"^(MD5|SHA1|SHA256|SHA512)$|\{\{")] | None = None
    ignoreCertificateErrors: Literal[False] = False  # noqa: N815

    @model_validator(mode="after")
    def _checks_completely(self) -> Self:
        if (self.checksum is None) != (self.algorithm is None):
            raise ValueError("nothing is verified unless both checksum and algorithm are given")
        return self


class At(Inputs):
    path: Path


class Copy(Transfer):
    overwrite: bool = True


class Content(At):
    content: str = ""
    encoding: Literal["utf8", "utf-8", "UTF8", "UTF-8"] = "utf-8"


class CreateFolder(At):
    owner: str | None = None
    group: str | None = None
    permissions: Permissions | None = None
    overwrite: bool = True


class CreateFile(CreateFolder, Content):
    pass


class CreateSymlink(At):
    target: Path


class DeleteFolder(At):
    force: bool = False


class ListFiles(At):
    fileExtension: str | None = None  # noqa: N815


class ReadFile(At):
    encoding: Literal["utf8", "utf-8", "UTF8", "UTF-8"] = "utf-8"


class SetFileOwner(At):
    owner: str
    group: str | None = None


class SetFolderOwner(SetFileOwner):
    recursive: bool = False


class SetFilePermissions(At):
    permissions: Permissions


class SetFolderPermissions(SetFilePermissions):
    recursive: bool = False


class Reboot(Inputs):
    delaySeconds: int = Field(default=0, ge=0)  # noqa: N815


class Assert(Inputs):
    """A list of expressions, all of which have to hold."""

    expressions: list[Expression] = Field(min_length=1)


class Action(BaseModel):
    """One action.

    :param inputs: what it is told, or what each entry of its list is told.
    :param many: whether it takes a list.
    :param outputs: what later steps may read of it.
    """

    model_config = ConfigDict(frozen=True)

    inputs: type[Inputs]
    many: bool = True
    outputs: frozenset[str] = frozenset()


STDOUT = frozenset({"stdout"})

ACTIONS = {
    "ExecuteBash": Action(inputs=ExecuteBash, many=False, outputs=STDOUT),
    "ExecuteBinary": Action(inputs=ExecuteBinary, many=False, outputs=STDOUT),
    "S3Download": Action(inputs=S3Download),
    "S3Upload": Action(inputs=S3Upload),
    "WebDownload": Action(inputs=WebDownload, outputs=frozenset({"destination"})),
    "AppendFile": Action(inputs=Content),
    "CopyFile": Action(inputs=Copy),
    "CopyFolder": Action(inputs=Copy),
    "CreateFile": Action(inputs=CreateFile),
    "CreateFolder": Action(inputs=CreateFolder),
    "CreateSymlink": Action(inputs=CreateSymlink),
    "DeleteFile": Action(inputs=At),
    "DeleteFolder": Action(inputs=DeleteFolder),
    "ListFiles": Action(inputs=ListFiles, outputs=frozenset({"files"})),
    "MoveFile": Action(inputs=Copy),
    "MoveFolder": Action(inputs=Copy),
    "ReadFile": Action(inputs=ReadFile, outputs=frozenset({"content"})),
    "SetFileOwner": Action(inputs=SetFileOwner),
    "SetFolderOwner": Action(inputs=SetFolderOwner),
    "SetFilePermissions": Action(inputs=SetFilePermissions),
    "SetFolderPermissions": Action(inputs=SetFolderPermissions),
    "Reboot": Action(inputs=Reboot, many=False),
    "Assert": Action(inputs=Assert, many=False),
}

WINDOWS_ACTIONS = frozenset({"ExecutePowerShell", "InstallMSI", "UninstallMSI", "SetRegistry", "ExecuteDocument"})


def parse(action: str, told: object) -> list[Inputs]:
    """Return what an action is told, one entry after the other.

    :param action: a name in ``ACTIONS``.
    :param told: the step's `inputs` as YAML gives them.
    :raises pydantic.ValidationError: if it may not be told that.
    """
    known = ACTIONS[action]
    if action == "Assert":
        return [Assert.model_validate({"expressions": told})]
    if not known.many:
        return [known.inputs.model_validate({} if told is None else told)]
    entries = _ENTRIES.validate_python(told)
    return [known.inputs.model_validate(entry) for entry in entries]


_ENTRIES = TypeAdapter(Annotated[list[dict[str, object]], Field(min_length=1)])
