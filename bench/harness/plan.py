"""The measurements of a run: what a round sends, in which order, and what of it is reported."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .load import CHAT, NATIVE, Kind, Load, Target
from .measures import Bound, Measures
from .processes import DRIP, SLOW, SLOW_MS

STREAMS_PER_SECOND = 50


@dataclass(frozen=True)
class Step:
    """One kind of load, sent to the mock directly (0 s: not) and then through the gateway."""

    name: str
    kind: Kind
    direct_seconds: float
    gateway_seconds: float


@dataclass(frozen=True)
class Plan:
    """The steps of a round, and what their figures are held to."""

    closed: tuple[Step, ...]
    open: tuple[Step, ...]
    streams: tuple[Step, ...]
    cpu: Bound
    calls: Bound | None
    added: Mapping[str, Bound]
    first_byte: Mapping[str, Bound | None]


PLAN = Plan(
    closed=(
        Step("64 connections, 0 ms", Kind(), 1, 4),
        Step(f"64 connections, {SLOW_MS} ms", Kind(model=SLOW), 1, 3),
        Step("64 connections, 0 ms, native", Kind(path=NATIVE), 0, 3),
    ),
    open=(
        Step("100 calls/s", Kind(rate=100), 4, 4),
        Step("500 calls/s", Kind(rate=500), 2, 3),
        Step("100 calls/s, native", Kind(path=NATIVE, rate=100), 0, 3),
    ),
    streams=(
        Step("50 streams/s", Kind(model=DRIP, stream=True, rate=STREAMS_PER_SECOND), 3, 3),
        Step(
            "50 streams/s, native",
            Kind(model=DRIP, path=NATIVE, stream=True, rate=STREAMS_PER_SECOND),
            0,
            3,
        ),
    ),
    cpu=Bound(most=0.30, aim=0.20),
    calls=Bound(least=2500),
    added={"p50": Bound(most=1.0, aim=0.7), "p99": Bound(most=3.0, aim=1.2)},
    first_byte={"p50": Bound(most=1.5), "p99": Bound(most=5.0)},
)


class Rounds:
    """Sends a round after the other and keeps what they showed."""

    def __init__(
        self,
        load: Load,
        direct: Target,
        gateway: Target,
        measures: Measures,
        scale: float,
        plan: Plan = PLAN,
    ):
        self._plan = plan
        self._load = load
        self._direct = direct
        self._gateway = gateway
        self._measures = measures
        self._scale = scale
        self._beside: dict[Kind, dict[str, Any]] = {}

    def warm_up(self, seconds: int) -> None:
        """The cold seconds, which are reported too; then a little of every other kind of load."""
        first = self._plan.closed[0].kind
        for begin in range(0, seconds, 5):
            result = self._load.send(self._gateway, first, 5)
            name = f"cold, seconds {begin}–{begin + 5}"
            self._measures.add(f"{name}: calls/s", "1/s", result["per_second"])
            self._measures.add(
                f"{name}: CPU s per 1,000 calls", "s", per_thousand(result, "server_cpu")
            )
        self._load.send(self._gateway, replace(first, path=NATIVE), 3)
        for step in self._plan.streams:
            self._load.send(self._gateway, replace(step.kind, rate=0), 3)
        for step in self._plan.open + self._plan.streams:
            self._load.send(self._gateway, step.kind, 1)

    def round(self) -> None:
        for step in self._plan.closed:
            self._closed(step)
        for step in self._plan.open:
            direct, through = self._both(step)
            for quantile, bound in self._plan.added.items():
                self._added(
                    step.name, f"added {quantile}", direct[quantile], through[quantile], bound
                )
        for step in self._plan.streams:
            direct, through = self._both(step)
            for quantile, target in self._plan.first_byte.items():
                first = f"first_byte_{quantile}"
                name = f"first byte, added {quantile}"
                self._added(step.name, name, direct[first], through[first], target)

    def _both(self, step: Step) -> tuple[dict[str, Any], dict[str, Any]]:
        """Direct and through the gateway; beside the native surface stands OpenAI's format."""
        beside = replace(step.kind, path=CHAT)
        if step.direct_seconds:
            self._beside[beside] = self._load.send(
                self._direct, beside, step.direct_seconds * self._scale
            )
        through = self._load.send(self._gateway, step.kind, step.gateway_seconds * self._scale)
        return self._beside[beside], through

    def _added(
        self, name: str, what: str, direct: float, through: float, bound: Bound | None
    ) -> None:
        self._measures.add(f"{name}: {what}", "ms", through - direct, bound)

    def _closed(self, step: Step) -> None:
        direct, through = self._both(step)
        add = self._measures.add
        at_once = (
            step.kind.model != SLOW
        )  # 64 connections and 50 ms: 1,280 calls/s is all there can be
        cpu = per_thousand(through, "server_cpu")
        add(f"{step.name}: CPU s per 1,000 calls", "s", cpu, self._plan.cpu)
        calls = self._plan.calls if at_once else None
        add(f"{step.name}: calls/s", "1/s", through["per_second"], calls)
        for quantile in ("p50", "p99"):
            add(f"{step.name}: {quantile}", "ms", through[quantile])
        if step.direct_seconds:
            add(f"{step.name}: calls/s, direct", "1/s", direct["per_second"])
        for name, field in (("load generator", "client_cpu"), ("mock upstream", "mock_cpu")):
            add(f"{step.name}: {name}'s CPU s per 1,000 calls", "s", per_thousand(through, field))


def per_thousand(result: dict[str, Any], field: str) -> float:
    seconds: float = result[field]
    return seconds * 1000 / int(result["ok"])
