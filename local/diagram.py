"""Draw a cloud assembly as Mermaid, which GitHub shows as a picture: `python -m local.diagram cdk.out [STACK]`.

It reads the manifest and the templates and nothing else, so a picture shows what would be deployed and never what
somebody remembers. It knows no stack of this project: any assembly can be drawn.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.printing import show

type Template = Mapping[str, Any]

OUTPUT, PARAMETER, ORDER = "output", "parameter", "order"
"""How a stack depends on another: it takes an output, it takes an SSM parameter, or it only has to come later."""

ARROWS = {OUTPUT: "-->", PARAMETER: "-->|SSM parameter|", ORDER: "-.->"}

JOINTS = re.compile(
    r"AWS::(CDK::Metadata|SSM::Parameter|IAM::(Policy|ManagedPolicy|InstanceProfile)|Lambda::Permission"
    r"|S3::BucketPolicy|SNS::TopicPolicy|EC2::(Route|SubnetRouteTableAssociation|VPCGatewayAttachment"
    r"|SecurityGroupIngress|SecurityGroupEgress))"
)
"""Types that only join others; a picture of everything shows nothing."""

SHOWN_IN_OVERVIEW = 6
"""Types that a stack's box names; one with more says how many."""


@dataclass(frozen=True)
class Stack:
    """One stack of an assembly.

    :param name: without what all stacks' names begin with, for example `fleet`.
    :param full_name: as CloudFormation knows it.
    :param after: full names of the stacks that have to be deployed before.
    """

    name: str
    full_name: str
    after: frozenset[str]
    template: Template

    def kinds(self) -> Counter[str]:
        """Return how many resources there are of each type, joints apart."""
        kinds = Counter(entry["Type"] for entry in self.template.get("Resources", {}).values())
        return Counter({kind: count for kind, count in kinds.items() if not JOINTS.fullmatch(kind)})


def read(folder: Path) -> list[Stack]:
    """Return the stacks of an assembly, in the manifest's order.

    :raises OSError: if the folder holds no assembly.
    """
    artifacts = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["artifacts"]
    stacks = {name: each for name, each in artifacts.items() if each["type"] == "aws:cloudformation:stack"}
    common = _common_start(list(stacks))
    return [
        Stack(
            name.removeprefix(common),
            name,
            frozenset(each.get("dependencies", ())) & set(stacks),
            json.loads((folder / each["properties"]["templateFile"]).read_text(encoding="utf-8")),
        )
        for name, each in stacks.items()
    ]


def _common_start(names: Sequence[str]) -> str:
    """Return the words, each up to a dash, that all names begin with; the last word of each name remains."""
    parts = (name.split("-")[:-1] for name in names)
    shared = itertools.takewhile(lambda words: len(set(words)) == 1, zip(*parts, strict=False))
    return "".join(f"{words[0]}-" for words in shared)


def overview(stacks: Sequence[Stack]) -> str:
    """Return all stacks with what they mainly hold, and how they depend on each other."""
    lines = ["flowchart LR"]
    lines += [f'    {_id(stack.name)}["{_box(stack)}"]' for stack in stacks]
    for (provider, consumer), how in sorted(_without_detours(_dependencies(stacks)).items()):
        lines.append(f"    {_id(provider)} {ARROWS[how]} {_id(consumer)}")
    return "\n".join(lines)


def inside(stack: Stack, stacks: Sequence[Stack]) -> str:
    """Return the types of resources in a stack, what refers to what, and from which stacks values come."""
    lines = ["flowchart LR"]
    lines += [f'    {_id(kind)}["{_counted(kind, count)}"]' for kind, count in sorted(stack.kinds().items())]
    foreign = set(_foreign(stack, stacks))
    lines += [f'    {_id(name)}(["{name}"])' for name in sorted({target for _, target in foreign})]
    directed = foreign | set(_edges(stack))
    joined = {pair for pair in _joined(stack) if pair not in directed and pair[::-1] not in directed}
    for arrow, edges in (("-->", directed), ("---", joined)):
        lines += [f"    {_id(source)} {arrow} {_id(target)}" for source, target in sorted(edges) if source != target]
    return "\n".join(lines)


def _box(stack: Stack) -> str:
    kinds = sorted(stack.kinds().items(), key=lambda item: (-item[1], item[0]))
    lines = [f"<b>{stack.name}</b>", *(_counted(kind, count) for kind, count in kinds[:SHOWN_IN_OVERVIEW])]
    if len(kinds) > SHOWN_IN_OVERVIEW:
        lines.append(f"and {len(kinds) - SHOWN_IN_OVERVIEW} more kinds")
    return "<br/>".join(lines)


def _dependencies(stacks: Sequence[Stack]) -> dict[tuple[str, str], str]:
    """Return how each pair of provider and consumer depends; what is taken says more than the order that follows."""
    names = {stack.full_name: stack.name for stack in stacks}
    found = {(names[before], stack.name): ORDER for stack in stacks for before in stack.after}
    for stack in stacks:
        for how, provider in _taken(stack, stacks):
            pair = (provider, stack.name)
            found[pair] = OUTPUT if OUTPUT in (how, found.get(pair)) else how
    return found


def _without_detours(found: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """Leave out every mere order that follows from others."""
    kept = dict(found)
    for pair in sorted(found):
        others = {other for other in kept if other != pair}
        if kept[pair] == ORDER and pair[1] in _reachable(pair[0], others):
            del kept[pair]
    return kept


def _reachable(start: str, edges: set[tuple[str, str]]) -> set[str]:
    reached, new = set[str](), {start}
    while new:
        reached |= new
        new = {target for source, target in edges if source in new} - reached
    return reached - {start}


def _edges(stack: Stack) -> Iterator[tuple[str, str]]:
    """Yield which type refers to which, also through joints."""
    resources = stack.template.get("Resources", {})
    refers = _references(resources)
    for name, entry in resources.items():
        if not JOINTS.fullmatch(entry["Type"]):
            for other in _through_joints(name, refers, resources):
                yield entry["Type"], resources[other]["Type"]


def _joined(stack: Stack) -> Iterator[tuple[str, str]]:
    """Yield which types a joint joins, such as a gateway and a network."""
    resources = stack.template.get("Resources", {})
    refers = _references(resources)
    for name, entry in resources.items():
        if JOINTS.fullmatch(entry["Type"]):
            ends = sorted({resources[other]["Type"] for other in refers[name]})
            yield from itertools.combinations([kind for kind in ends if not JOINTS.fullmatch(kind)], 2)


def _references(resources: Template) -> dict[str, set[str]]:
    return {name: {other for other in _names(entry) if other in resources} for name, entry in resources.items()}


def _through_joints(name: str, refers: Mapping[str, set[str]], resources: Template) -> set[str]:
    found, waiting, seen = set[str](), set(refers[name]), {name}
    while waiting:
        other = waiting.pop()
        seen.add(other)
        if JOINTS.fullmatch(resources[other]["Type"]):
            waiting |= refers[other] - seen
        else:
            found.add(other)
    return found


def _foreign(stack: Stack, stacks: Sequence[Stack]) -> Iterator[tuple[str, str]]:
    """Yield which type takes a value of which other stack."""
    for entry in stack.template.get("Resources", {}).values():
        if not JOINTS.fullmatch(entry["Type"]):
            yield from ((entry["Type"], provider) for _, provider in _taken(stack, stacks, within=entry))


def _taken(stack: Stack, stacks: Sequence[Stack], within: object = None) -> Iterator[tuple[str, str]]:
    """Yield how and from which stack values are taken, by the whole template or by a part of it."""
    names = {each.full_name: each.name for each in stacks}
    publishers = {
        entry["Properties"].get("Name"): each.name
        for each in stacks
        for entry in each.template.get("Resources", {}).values()
        if entry["Type"] == "AWS::SSM::Parameter" and each is not stack
    }
    parameters = {name: each.get("Default") for name, each in stack.template.get("Parameters", {}).items()}
    part = stack.template.get("Resources", {}) if within is None else within
    for node in _nodes(part):
        match node:
            case {"Fn::GetStackOutput": {"StackName": str(name)}} if name in names:
                yield OUTPUT, names[name]
            case {"Ref": str(name)} if parameters.get(name) in publishers:
                yield PARAMETER, publishers[parameters[name]]


def _names(value: object) -> Iterator[str]:
    """Yield the logical ids that a value refers to."""
    for node in _nodes(value):
        match node:
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]} | {"Fn::GetAtt": str(name)}:
                yield name.partition(".")[0]
            case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), *_]}:
                yield from re.findall(r"\$\{([A-Za-z0-9]+)[.}]", text)


def _nodes(value: object) -> Iterator[object]:
    match value:
        case dict():
            yield value
            for inner in value.values():
                yield from _nodes(inner)
        case list():
            for inner in value:
                yield from _nodes(inner)


def _counted(kind: str, count: int) -> str:
    name = " ".join(kind.split("::")[1:])
    return f"{name} ({count})" if count > 1 else name


def _id(name: str) -> str:
    """Return a name as Mermaid takes one; `end` and its like are words of its own, so none stands alone."""
    return f"n_{re.sub('[^A-Za-z0-9]', '_', name)}"


def main(arguments: Sequence[str]) -> int:
    """Print the picture of an assembly, or of one of its stacks; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m local.diagram", description="Draw a cloud assembly as Mermaid.")
    parser.add_argument("folder", type=Path, help="folder of the assembly, for example cdk.out")
    parser.add_argument("stack", nargs="?", help="short name of a stack to look into, for example fleet")
    options = parser.parse_args(arguments)
    try:
        stacks = read(options.folder)
    except OSError as error:
        return _refuse(f"{options.folder} holds no cloud assembly: {error.filename}: {error.strerror}")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        return _refuse(f"{options.folder} holds no cloud assembly that can be read: {error!r}")
    chosen = {stack.name: stack for stack in stacks}
    if options.stack is None:
        return show(overview(stacks))
    if options.stack in chosen:
        return show(inside(chosen[options.stack], stacks))
    print(f'error: no stack "{options.stack}"\n  allowed: {", ".join(chosen)}', file=sys.stderr)
    return 1


def _refuse(what: str) -> int:
    print(f"error: {what}\n  next: make one with 'cdk synth -c env=...', and name the folder it wrote", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
