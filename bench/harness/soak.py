"""A million calls in a row: does the server's memory stay as it is?"""

import time

from .load import NATIVE, Kind, Load, Target
from .measures import Bound, Measures
from .processes import Failure, Gateway

CALLS = 1_000_000
STEP = 100_000
SETTLED = 2 * STEP  # by then the virtual machine has compiled, and its heap has its size
CHUNK_SECONDS = 5
LIMIT_SECONDS = 420
GROWTH = Bound(most=25)
KINDS = (Kind(), Kind(path=NATIVE))


def soak(load: Load, gateway: Gateway, measures: Measures) -> None:
    """Sends both surfaces' calls in turns, and looks at the memory every 100,000 calls."""
    target = Target.of(gateway)
    begin = time.monotonic()
    seen: dict[int, float] = {}
    chunk = 0
    while load.answered < CALLS:
        if time.monotonic() - begin > LIMIT_SECONDS:
            raise Failure(f"{load.answered:,} calls in {LIMIT_SECONDS} s: the machine is too busy")
        result = load.send(target, KINDS[chunk % len(KINDS)], CHUNK_SECONDS)
        chunk += 1
        measures.add("soak: calls/s", "1/s", result["per_second"])
        step = load.answered // STEP * STEP
        if step and step not in seen:
            seen[step] = gateway.memory()["now"]
            measures.add(f"resident memory after {step:,} calls", "MiB", seen[step])
    last = max(seen)
    settled = seen[min(step for step in seen if step >= SETTLED)]
    measures.add(
        f"resident memory, growth from {SETTLED:,} to {last:,} calls",
        "MiB",
        seen[last] - settled,
        GROWTH,
    )

