"""Valid random configurations: values of every setting drawn from the models' types, as far as the rules allow them
together.
"""

from __future__ import annotations

import datetime
import enum
import json
import types
import typing
from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import strategies as st
from pydantic import BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from config import load
from config.models import Configuration
from config.models.forms import Form
from config.models.machines import instance_types
from tests.synth.other_values import Patch
from tests.synth.settings import is_valid, patched, settings

_HEX = "0123456789abcdef0"
_SUBNETS = {f"us-east-1{zone}": f"subnet-0123456789abcdef{n}" for n, zone in enumerate("abc")}
_TWO_REGIONS = {
    "regions": ["us-east-1", "ap-southeast-1"],
    "network.zones": ["us-east-1a", "us-east-1b", "ap-southeast-1a", "ap-southeast-1c"],
    "regional": {"ap-southeast-1": {"network": {"cidr": "10.78.0.0/16"}, "image": {"ami_id": f"ami-{_HEX}"}}},
    "dns.visibility": "public",
}

SCENES: dict[str, Patch] = {
    "as it is": {},
    "another region": {"regions": ["eu-north-1"], "network.zones": ["eu-north-1a", "eu-north-1b", "eu-north-1c"]},
    "two regions": _TWO_REGIONS,
    "the longest names": {"project": "a" * 12, "identity.role_name_prefix": "p" * 32},
    "an existing network": {
        "network.zones": list(_SUBNETS),
        "network.existing": {"vpc_id": f"vpc-{_HEX}", "cidr": "10.0.0.0/16", "private_subnets": _SUBNETS},
        "network.egress": "routed",
        "network.nat_gateways": None,
    },
    "everything of one's own": {
        "image.ami_id": f"ami-{_HEX}",
        "dns.existing_zone_id": "Z0123456789ABCDEFGHIJ",
        "identity.existing": {
            "instance": {
                "role_arn": "arn:aws:iam::123456789012:role/proxy",
                "profile_arn": "arn:aws:iam::123456789012:instance-profile/proxy",
            },
            "functions": {"html-service": "arn:aws:iam::123456789012:role/some/path/html"},
        },
        "storage.cache.existing_name": "example-cache",
    },
}
"""What single values cannot be changed to, as several go together; each goes with every environment."""

_ACCOUNT = "123456789012"

_AGENT = "arn:aws:imagebuilder:{region}:aws:component/amazon-cloudwatch-agent-linux/x.x.x"

_NAMED: dict[str, Sequence[str]] = {
    "10.0.0.0/16": ("10.0.0.0/8", "10.1.0.0/16", "172.16.0.0/12", "192.168.7.0/24", "203.0.113.7/32", "2001:db8::/32"),
    "t4g.small": sorted(instance_types()),
    _AGENT: (_AGENT, _AGENT.replace("{region}", "us-east-1"), _AGENT.replace("x.x.x", "1.0.1/1")),
}
"""Values to choose from, by the example of what they are."""


def in_scene(scene: str, environment: str) -> Configuration:
    """Return an environment's configuration in a scene.

    :raises ValidationError: if they do not go together.
    """
    base = load(environment)
    patch = json.loads(json.dumps(SCENES[scene]).replace(_ACCOUNT, base.account or _ACCOUNT))
    return patched(base, patch)


@st.composite
def configurations(draw: st.DrawFn, scene: str, environment: str) -> Configuration:
    """Return one that is valid: each drawn value stays only where it goes with those that are there already."""
    configuration = in_scene(scene, environment)
    leaves = [leaf for leaf in settings(without=()) if leaf[0] not in ("environment", "account", "regions", "regional")]
    for path, field in draw(
        st.lists(st.sampled_from(leaves), min_size=20, max_size=60, unique_by=lambda leaf: leaf[0])
    ):
        change = {path: draw(value(field.annotation, tuple(field.metadata)))}
        if path not in SCENES[scene] and is_valid(configuration, change):
            configuration = patched(configuration, change)
    return configuration


def value(kind: Any, metadata: tuple[Any, ...] = ()) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a type, as JSON has them."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return value(arguments[0], (*metadata, *_flat(arguments[1:])))
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(value(argument, metadata) for argument in arguments))
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    limits = {
        name: getattr(each, name) for each in metadata for name in _LIMITS if getattr(each, name, None) is not None
    }
    if origin is tuple:
        size = {"min_size": limits.get("min_length", 0), "max_size": min(3, limits.get("max_length", 3))}
        return st.lists(value(arguments[0]), **{**size, "max_size": max(size.values())})
    if origin is dict:
        return st.dictionaries(value(arguments[0]), value(arguments[1]), max_size=2)
    if kind is str:
        return _text(metadata, limits)
    return _simple(kind, limits)


_LIMITS = ("ge", "gt", "le", "lt", "min_length", "max_length")


def _simple(kind: type, limits: dict[str, Any]) -> st.SearchStrategy[Any]:
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(limits.get("ge", 0), limits.get("le", 10**6))
    if kind is float:
        return st.integers(int(limits.get("ge", limits.get("gt", 0))) + 1, int(limits.get("le", 1000))).map(float)
    if issubclass(kind, enum.Enum):
        return st.sampled_from([member.value for member in kind])
    if issubclass(kind, datetime.datetime):
        return st.just("2026-11-21T10:00:00Z")
    if issubclass(kind, datetime.date):
        return st.dates(datetime.date(2026, 1, 1), datetime.date(2030, 1, 1)).map(str)
    if issubclass(kind, BaseModel):
        fields = {name: value(field.annotation, tuple(field.metadata)) for name, field in kind.model_fields.items()}
        needed = {name for name, field in kind.model_fields.items() if field.is_required()}
        return st.fixed_dictionaries(
            {name: fields[name] for name in needed},
            optional={name: value for name, value in fields.items() if name not in needed},
        )
    return st.none()


def _text(metadata: Iterable[Any], limits: dict[str, Any]) -> st.SearchStrategy[str]:
    for each in metadata:
        if isinstance(each, Form) and each.example in _NAMED:
            return st.sampled_from(_NAMED[each.example])
        if isinstance(each, Form):
            drawn = st.from_regex(each.pattern, fullmatch=True, alphabet=_ASCII).filter(_has(each))
            return st.just(each.example) | drawn
        if isinstance(each, StringConstraints) and isinstance(each.pattern, str):
            return st.from_regex(each.pattern.rstrip("$") + r"\Z", alphabet=_ASCII)
    return st.text(_WORDS, min_size=limits.get("min_length", 0), max_size=limits.get("max_length", 40))


_ASCII = st.characters(min_codepoint=32, max_codepoint=126)
_WORDS = st.sampled_from("abcdefghij klmnop-0123456789")


def _has(form: Form) -> Any:
    def fits(text: str) -> bool:
        try:
            form.accept(text)
        except ValueError:
            return False
        return True

    return fits


def _flat(metadata: Iterable[Any]) -> list[Any]:
    return [part for each in metadata for part in (each.metadata if isinstance(each, FieldInfo) else (each,))]
