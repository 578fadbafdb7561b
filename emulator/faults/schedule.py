"""When the events of one stack operation would happen on AWS.

The emulator provisions one resource after another, in no time. CloudFormation works on all resources at once whose
dependencies are done, each for as long as its type takes, so here every event gets the moment that it would have there:
a resource begins when the last one that it needs is done, and ends after its duration; the stack ends with the last
resource, which makes its length the critical path of the template.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from emulator.faults.durations import Operation

_OPERATIONS: dict[str, Operation] = {"CREATE": "create", "UPDATE": "update", "DELETE": "delete", "IMPORT": "create"}


class Schedule:
    """The moments of one stack operation, from its first event to its last.

    :param begun: when it began, in seconds since the epoch.
    :param seconds: how long an operation on a type takes.
    """

    def __init__(self, begun: float, seconds: Callable[[str, Operation], float]) -> None:
        self._seconds = seconds
        self._phase = self.end = begun
        self._needs: dict[str, frozenset[str]] = {}
        self._begun: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._extra: dict[str, float] = {}
        self._replaced: set[str] = set()
        self._untouched: set[str] = set()

    def depend(self, needs: Mapping[str, Collection[str]]) -> None:
        """Learn which resources need which; later words win.

        :param needs: logical id to the logical ids that must be there first.
        """
        self._needs.update({name: frozenset(others) for name, others in needs.items()})

    def leave_untouched(self, logical_id: str) -> None:
        """Note that an update finds nothing to change at a resource, so that it takes no time."""
        self._untouched.add(logical_id)

    def replace(self, logical_id: str) -> None:
        """Note that an update makes a resource anew."""
        self._replaced.add(logical_id)

    def slow_down(self, logical_id: str, seconds: float) -> None:
        """Let the operation on a resource take longer."""
        self._extra[logical_id] = self._extra.get(logical_id, 0.0) + seconds

    def phase(self) -> float:
        """Return when an event of the stack itself happens: when all before it is done. A new phase begins then."""
        self._phase = self.end
        self._begun.clear()
        return self._phase

    def moment(self, logical_id: str, type_name: str, status: str) -> float:
        """Return when an event of a resource happens, in seconds since the epoch.

        :param status: for example `CREATE_COMPLETE`.
        """
        operation = _OPERATIONS.get(status.partition("_")[0])
        if operation is None or status.endswith("_SKIPPED"):
            return self._phase
        if status.endswith("_IN_PROGRESS"):
            return self._begun.setdefault(logical_id, self._start(logical_id, operation))
        begun = self._begun.pop(logical_id, None)
        if begun is None:  # reported, but nothing was done
            return self._phase
        ended = self._ended[logical_id] = begun + self._length(logical_id, type_name, operation)
        self.end = max(self.end, ended)
        return ended

    def _start(self, logical_id: str, operation: Operation) -> float:
        """A resource waits for those that it needs; one that goes waits for those that need it."""
        if operation == "delete":
            awaited = {name for name, needed in self._needs.items() if logical_id in needed}
        else:
            awaited = set(self._needs.get(logical_id, ()))
        return max([self._phase, *(self._ended[name] for name in awaited if name in self._ended)])

    def _length(self, logical_id: str, type_name: str, operation: Operation) -> float:
        extra = self._extra.pop(logical_id, 0.0)
        if operation == "update" and logical_id in self._untouched:
            return extra
        if operation == "update" and logical_id in self._replaced:
            self._replaced.discard(logical_id)
            return self._seconds(type_name, "create") + extra
        return self._seconds(type_name, operation) + extra
