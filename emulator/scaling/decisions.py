"""What a group does next: move each instance on in its life, then launch and terminate until the number is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from emulator.scaling import causes
from emulator.scaling.group import Group, Member, is_ready
from emulator.scaling.lifecycle import next_step
from emulator.scaling.steps import End, Launch, Step, Take


def decide(group: Group, now: float) -> list[Step]:
    """Return what to do now.

    :param now: seconds since the epoch.
    """
    steps: list[Step] = []
    kept: list[Member] = []
    for member in group.members:
        step = next_step(group, member, now)
        if step is not None:
            steps.append(step)
        if not isinstance(step, End):
            kept.append(member)
    replaced = sum(isinstance(step, End) and step.is_unhealthy for step in steps)
    return [*steps, *_resize(group, kept, replaced, now), *_warm(group, kept)]


def _resize(group: Group, members: list[Member], replaced: int, now: float) -> Iterator[Step]:
    """Bring the group to its size, and replace what has to be replaced.

    :param replaced: number of instances that go because they are not well.
    """
    present = [member for member in members if member.counts]
    staying = [member for member in present if not (group.rebalances and member.is_interrupted)]
    ready = sum(is_ready(member, group.replacement, now) for member in staying)
    target = group.desired + _surplus(group, ready)
    if len(staying) < target:
        yield from _grow(group, members, len(staying), target, replaced)
        return
    if ready >= group.desired:
        yield from (End(member.instance_id, causes.REBALANCE) for member in present if member not in staying)
    if group.runs("Terminate"):
        yield from _shrink(group, staying, target)
        if len(staying) == target:
            yield from _replace(group, staying, ready, now)


def _surplus(group: Group, ready: int) -> int:
    """Return how many instances a replacement needs on top of the desired ones, for enough of them to serve."""
    replacement = group.replacement
    if replacement is None or not replacement.outdated or ready - 1 >= replacement.minimum:
        return 0
    return max(0, min(replacement.batch, len(replacement.outdated), replacement.maximum - group.desired))


def _grow(group: Group, members: list[Member], present: int, target: int, replaced: int) -> Iterator[Step]:
    if not group.runs("Launch"):
        return
    warm = [member for member in members if member.state in ("Warmed:Stopped", "Warmed:Running")]
    for number in range(present, target):
        cause = causes.REPLACEMENT if number - present < replaced else causes.growth(number, number + 1)
        yield Take(warm.pop(0).instance_id, cause) if warm else Launch(cause)


def _shrink(group: Group, members: list[Member], target: int) -> Iterator[Step]:
    """Terminate what is too much; what a replacement is about goes first, then what the termination policies choose."""
    outdated = group.replacement.outdated if group.replacement else frozenset()
    left = [member for member in members if not member.is_protected or member.instance_id in outdated]
    count = len(members)
    while count > target and left:
        chosen = min(left, key=_order(group, left, outdated))
        left.remove(chosen)
        if group.replacement and chosen.instance_id in outdated:
            yield End(chosen.instance_id, group.replacement.cause)
        else:
            yield End(chosen.instance_id, causes.shrinking(count, count - 1, chosen.instance_id))
        count -= 1


def _order(group: Group, members: list[Member], outdated: frozenset[str]) -> Callable[[Member], tuple[object, ...]]:
    """Return the order in which instances go.

    Source: user guide, "Default termination policy for Amazon EC2 Auto Scaling": first the zone with the most
    instances, in it the oldest launch template; last comes, here, the oldest instance.
    """
    zones = Counter(member.zone for member in members)
    by_policy: dict[str, Callable[[Member], object]] = {
        "OldestInstance": lambda member: member.since,
        "NewestInstance": lambda member: -member.since,
        "OldestLaunchTemplate": lambda member: member.template == group.template,
        "Default": lambda member: (-zones[member.zone], member.template == group.template, member.since),
    }
    wanted = [by_policy[name] for name in group.policies if name in by_policy] or [by_policy["Default"]]
    return lambda member: (member.instance_id not in outdated, *(key(member) for key in wanted))


def _replace(group: Group, members: list[Member], ready: int, now: float) -> Iterator[Step]:
    """End as many outdated instances as may be missing, once those before them are replaced."""
    replacement = group.replacement
    if replacement is None or _in_flight(group):
        return
    outdated = [member for member in members if member.instance_id in replacement.outdated]
    if any(not is_ready(member, replacement, now) for member in members if member not in outdated):
        return
    # Those that do not serve are not missed, whatever number has to.
    idle = [member for member in outdated if not is_ready(member, replacement, now)][: replacement.batch]
    serving = [member for member in outdated if is_ready(member, replacement, now)]
    spare = min(replacement.batch - len(idle), ready - replacement.minimum)
    for member in [*idle, *serving[: max(0, spare)]]:
        yield End(member.instance_id, replacement.cause)


def _in_flight(group: Group) -> bool:
    return any(member.is_leaving and not member.is_warm for member in group.members)


def _warm(group: Group, members: list[Member]) -> Iterator[Step]:
    """Keep the warm pool as large as it should be."""
    pool = [member for member in members if member.is_warm and not member.is_leaving]
    wanted = _warm_size(group)
    if group.runs("Launch"):
        yield from (Launch(causes.WARM, is_warm=True) for _ in range(wanted - len(pool)))
    if group.runs("Terminate"):
        yield from (End(member.instance_id, causes.WARM_SHRINKS) for member in pool[wanted:])


def _warm_size(group: Group) -> int:
    pool = group.warm_pool
    if pool is None:
        return 0
    prepared = group.maximum if pool.prepared is None else pool.prepared
    return max(pool.minimum, prepared - group.desired, 0)
