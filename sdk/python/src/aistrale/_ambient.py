"""What a client takes from the machine: time, chance and waiting. Tests hand in their own."""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Ambient:
    """`now`: seconds since 1970. `monotonic`: for deadlines. `chance`: in [0, 1), for jitter.

    `entropy(n)`: n bytes for ids. `sleep`: only the synchronous driver uses it.
    """

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    entropy: Callable[[int], bytes] = os.urandom
    sleep: Callable[[float], None] = time.sleep
