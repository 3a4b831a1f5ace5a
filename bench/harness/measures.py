"""What is measured, against which target, and the rounds' values."""

import statistics
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Bound:
    """A target of the project: `most` or `least`, and what it would like to reach (`aim`)."""

    most: float | None = None
    least: float | None = None
    aim: float | None = None

    def verdict(self, value: float) -> str:
        too_much = self.most is not None and value > self.most
        too_little = self.least is not None and value < self.least
        if too_much or too_little:
            return "missed"
        if self.aim is not None:
            reached = value <= self.aim if self.most is not None else value >= self.aim
            return "met, aim too" if reached else "met"
        return "met"

    def text(self) -> str:
        limit = f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:,.0f}"
        return limit if self.aim is None else f"{limit} (aim {self.aim:,g})"


@dataclass
class Measure:
    """One figure of the report: its values by round, of which the median counts."""

    name: str
    unit: str
    bound: Bound | None = None
    rounds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def verdict(self) -> str:
        return "" if self.bound is None else self.bound.verdict(self.median)


class Measures:
    """All figures of a run, in the order in which they came up."""

    def __init__(self) -> None:
        self._by_name: dict[str, Measure] = {}

    def add(self, name: str, unit: str, value: float, bound: Bound | None = None) -> None:
        self._by_name.setdefault(name, Measure(name, unit, bound)).rounds.append(value)

    def all(self) -> list[Measure]:
        return list(self._by_name.values())
