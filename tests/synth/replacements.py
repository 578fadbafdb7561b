"""Which resources a change of a setting replaces or removes, by the schemas of CloudFormation's registry.

    python -m tests.synth.replacements

changes every setting and writes what comes of it to `replacements.json` beside this file, and as a page to
`docs/replacements.md`. Tests hold both up to date.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from config.models import Configuration
from tests.synth.assemblies import ROOT
from tests.synth.schemas import schema
from tests.synth.settings import Change, changes, groups, patched

TABLE = Path(__file__).with_suffix(".json")
PAGE = ROOT / "docs" / "replacements.md"

REPLACED, REMOVED, RELEASED, PERHAPS = "replaced", "removed", "let go", "perhaps replaced"
REFUSED, LEFT = "refused by AWS", "left behind"

Template = dict[str, Any]
Templates = Mapping[str, Template]
"""Templates by the names of their stacks, each with the stack's region as `Region`."""

NOTHING: Template = {"Resources": {}}

Place = tuple[str, str]
"""A stack, and the logical id of a resource in it."""


class Effect(NamedTuple):
    """What becomes of resources.

    :param stack: short name of their stack, for example `fleet`.
    :param kind: their type.
    :param what: replaced; removed; let go where its deletion policy keeps it, though no stack manages it any more;
        perhaps replaced where AWS decides case by case; refused by AWS, so that the deployment fails; or left behind
        where a whole stack stands on in a region that is not named any more.
    """

    stack: str
    kind: str
    what: str


Table = dict[str, list[Effect]]
"""Effects by setting."""


def synthesise(configuration: Configuration) -> Templates:
    """Return the templates of a configuration; no rules, which have nothing to say here."""
    from aws_cdk import App

    from stacks.proxy_platform.blueprint import add_proxy_platform

    # What assets hold changes no resource but by their hashes, so nothing is bundled.
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | {"aws:cdk:bundling-stacks": []}
    with tempfile.TemporaryDirectory() as folder:
        app = App(
            outdir=folder,
            context=context,
            analytics_reporting=False,
            tree_metadata=False,
            builtin_cloud_formation_validation=False,
        )
        add_proxy_platform(app, configuration, root=ROOT)
        app.synth()
        return {name: {"Resources": {}, **template} for name, template in _templates(Path(folder))}


def _templates(folder: Path) -> Iterator[tuple[str, Template]]:
    artifacts = json.loads((folder / "manifest.json").read_text())["artifacts"]
    for name, artifact in artifacts.items():
        if artifact["type"] == "aws:cloudformation:stack":
            template = json.loads((folder / artifact["properties"]["templateFile"]).read_text())
            yield name, {**template, "Region": artifact["environment"].rpartition("/")[2]}


def effects(before: Templates, after: Templates) -> set[Effect]:
    """Return what an update from one set of templates to the other does to resources that stand."""
    stays = {
        name: template for name, template in before.items() if _region(after.get(name)) in (None, _region(template))
    }
    found = dict(_of_resources(stays, after))
    _follow(found, stays, after)
    return {Effect(short(name), "AWS::CloudFormation::Stack", LEFT) for name in before.keys() - stays} | {
        Effect(short(stack), before[stack]["Resources"][name]["Type"], what) for (stack, name), what in found.items()
    }


def _region(template: Template | None) -> str | None:
    return template and template.get("Region")


def short(stack: str) -> str:
    """Return a stack's name without project and environment, for example `fleet` or `fleet-us-west-2`."""
    return stack.split("-", 2)[2]


def _of_resources(before: Templates, after: Templates) -> Iterator[tuple[Place, str]]:
    for stack, template in before.items():
        now = after.get(stack, {}).get("Resources", {})
        new = {entry["Type"] for name, entry in now.items() if name not in template["Resources"]}
        for name, entry in template["Resources"].items():
            if name not in now and entry["Type"] in new:
                yield (stack, name), REPLACED
            elif name not in now:
                yield (stack, name), RELEASED if "Retain" in entry.get("DeletionPolicy", "Delete") else REMOVED
            elif what := _of_properties(entry, now[name]):
                yield (stack, name), what


def _of_properties(before: Template, after: Template) -> str | None:
    if before["Type"] != after["Type"]:
        return REPLACED
    for keyword, what in (("createOnlyProperties", REPLACED), ("conditionalCreateOnlyProperties", PERHAPS)):
        for path in schema(before["Type"]).get(keyword, []):
            if values_at(before, path) != values_at(after, path):
                return what
    return REFUSED if _moves_to_other_subnets(before, after) else None


def _moves_to_other_subnets(before: Template, after: Template) -> bool:
    """Return whether a load balancer leaves a subnet for another one, which AWS refuses within a zone.

    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html
    """
    if before["Type"] != "AWS::ElasticLoadBalancingV2::LoadBalancer":
        return False
    old, new = ({json.dumps(each) for each in entry["Properties"].get("Subnets", ())} for entry in (before, after))
    return bool(old - new and new - old)


def _follow(found: dict[Place, str], before: Templates, after: Templates) -> None:
    """Add what is replaced because it names something that goes, where only a new resource can name another."""
    while True:
        gone = {place for place, what in found.items() if what not in (PERHAPS, REFUSED)}
        more = {
            (stack, name): REPLACED
            for stack, template in before.items()
            for name, entry in template["Resources"].items()
            if name in after.get(stack, NOTHING)["Resources"] and found.get((stack, name)) in (None, PERHAPS)
            if gone & set(_named_for_good(entry, stack, before))
        }
        if not more:
            return
        found |= more


def _named_for_good(entry: Template, stack: str, templates: Templates) -> Iterator[Place]:
    for path in schema(entry["Type"]).get("createOnlyProperties", []):
        yield from references(values_at(entry, path), stack, templates)


def values_at(entry: Template, path: str) -> list[Any]:
    """Return what stands at a path of the registry, for example `/properties/Rules/*/Name`."""
    values: list[Any] = [entry.get("Properties", {})]
    for part in path.split("/")[2:]:
        if part == "*":
            values = [item for value in values if isinstance(value, list) for item in value]
        else:
            values = [value[part] for value in values if isinstance(value, dict) and part in value]
    return values


def references(value: Any, stack: str, templates: Templates) -> Iterator[Place]:
    """Yield the resources that a value names, be it through outputs of other stacks or what those publish in SSM."""
    match value:
        case {"Ref": str(name)}:
            yield from _referred(name, stack, templates)
        case {"Fn::GetAtt": [str(name), *_]}:
            yield stack, name
        case {"Fn::GetStackOutput": {"StackName": str(other), "OutputName": output}} if other in templates:
            yield from references(templates[other]["Outputs"][output]["Value"], other, templates)
        case dict():
            for item in value.values():
                yield from references(item, stack, templates)
        case list():
            for item in value:
                yield from references(item, stack, templates)


def _referred(name: str, stack: str, templates: Templates) -> Iterator[Place]:
    parameter = templates[stack].get("Parameters", {}).get(name)
    if parameter is None:
        yield stack, name
        return
    for other, template in templates.items():
        for entry in template["Resources"].values():
            properties = entry.get("Properties", {})
            if entry["Type"] == "AWS::SSM::Parameter" and properties.get("Name") == parameter.get("Default"):
                yield from references(properties["Value"], other, templates)


def write(table: Table) -> None:
    """Write the table and the page."""
    TABLE.write_text(as_json(table), encoding="utf-8")
    PAGE.write_text(as_page(table), encoding="utf-8")


def read() -> Table:
    """Return the table as it was accepted."""
    return {path: [Effect(*each) for each in found] for path, found in json.loads(TABLE.read_text()).items()}


def as_json(table: Table) -> str:
    """Return the table as the file has it."""
    lines = (f" {json.dumps(path)}: {json.dumps(sorted(table[path]))}" for path in sorted(table))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def as_page(table: Table) -> str:
    """Return the table as people read it."""
    rows = [f"| `{path}` | {_in_words(found)} |" for path, found in sorted(table.items()) if found]
    quiet = ", ".join(f"`{path}`" for path in sorted(table) if not table[path])
    return PREFACE + "\n".join(rows) + f"\n\n## Settings that replace nothing\n\n{quiet}\n"


def _in_words(found: Iterable[Effect]) -> str:
    grouped: dict[tuple[str, str], list[str]] = defaultdict(list)
    for effect in sorted(found):
        grouped[effect.what, effect.stack].append(effect.kind.removeprefix("AWS::"))
    return "; ".join(f"{what} in {stack}: {', '.join(kinds)}" for (what, stack), kinds in grouped.items())


PREFACE = """# What a change of a setting replaces

Generated by `python -m tests.synth.replacements`; a test holds it up to date. Each setting of environment `production`
got another value, and the templates before and after were compared by the schemas of CloudFormation's registry: a
resource is *replaced* where a property changes that only a new resource can have otherwise, *perhaps replaced* where
AWS decides case by case, and *removed* where it stands in no template any more, or *let go* where it stays for all
that because its deletion policy says so (`removal: retain`). What is *refused by AWS* makes the deployment fail;
[the fleet's page](stacks/fleet.md#what-needs-this-stack-away-first) says what to do first. A stack is *left behind*
where another region is named instead of its own: it stands on, and costs. Destroy it before, while its region is named.

What stands within something that may be absent, a list (`[]`) or a mapping (`*`) was changed where it stood before.

Buckets, keys, secrets, hosted zones, log groups and the load balancer are never replaced by a routine change; the
settings that do are the few that mean another network, another zone, or something that you bring yourself. A test holds
that list, with the reason of each.

| setting | what becomes of resources |
|---|---|
"""


class Laboratory:
    """Changes settings and looks what comes of it; what stands before a change is synthesised once."""

    def __init__(self) -> None:
        self._before: dict[str, Templates] = {}

    def observe(self, group: Sequence[Change]) -> set[Effect]:
        """Return what some changes do, made at once."""
        first = group[0]
        key = json.dumps(first.given, sort_keys=True)
        if key not in self._before:
            self._before[key] = synthesise(first.before)
        return effects(self._before[key], synthesise(patched(first.before, *(each.patch for each in group))))

    def differences(self, table: Table) -> Iterator[tuple[list[Change], set[Effect]]]:
        """Yield changes that do not do what the table says, and what they do or do not.

        Settings that replace nothing but versions are changed together, so that this takes seconds and not minutes.
        """
        everything = list(changes())
        together = groups(change for change in everything if is_quiet(table.get(change.path, [])))
        alone = [[change] for change in everything if not is_quiet(table.get(change.path, []))]
        for group in [*together, *alone]:
            expected = {effect for each in group for effect in table.get(each.path, [])}
            if difference := self.observe(group) ^ expected:
                yield group, difference

    def examine(self, group: Sequence[Change]) -> Iterator[tuple[Change, set[Effect]]]:
        """Yield what each of some changes does; those that do nothing together do nothing by themselves."""
        found = self.observe(group)
        if len(group) == 1 or not found:
            yield from ((change, found) for change in group)
        else:
            yield from self.examine(group[: len(group) // 2])
            yield from self.examine(group[len(group) // 2 :])


def is_quiet(found: Iterable[Effect]) -> bool:
    """Return whether nothing is affected but versions of something, where every other content is another resource."""
    return all(effect.kind in VERSIONS for effect in found)


VERSIONS = {
    "AWS::ImageBuilder::Component",
    "AWS::ImageBuilder::ImageRecipe",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Version",
}


def main() -> int:
    """Look at every setting, and write the table anew."""
    laboratory = Laboratory()
    accepted = read() if TABLE.exists() else {}
    table = {change.path: accepted.get(change.path, []) for change in changes()}
    for group, _ in list(laboratory.differences(table)):
        table |= {change.path: sorted(found) for change, found in laboratory.examine(group)}
    write(table)
    print(f"accepted; look at it: git diff {PAGE.relative_to(ROOT)}", file=sys.stderr)  # noqa: T201 - a command
    return 0


if __name__ == "__main__":
    sys.exit(main())
