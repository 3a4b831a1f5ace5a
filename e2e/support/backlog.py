"""Deliveries that are pending, put into the tables by hand, as many as no test could wait for."""

import json
import os
import time
from collections.abc import Iterator

from .receiver import EVENTS

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
BATCH = 50_000


def new_id(prefix: str, time_ms: int) -> str:
    """As the server makes them: a UUIDv7 in Crockford's base32."""
    random = int.from_bytes(os.urandom(10))
    number = (time_ms << 80) | (7 << 76) | (random >> 4 & ((1 << 76) - 1))
    number = (number & ~(3 << 62)) | (2 << 62)
    return prefix + "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def put(
    store,
    workspace: str,
    webhook: str,
    count: int,
    attempts: int = 0,
    due_in_ms: int = -60_000,
) -> None:
    """So many deliveries of an event each; with `attempts` 1 they are retries of which the first attempt failed."""
    sample = json.loads((EVENTS / "inference.completed.json").read_text())["examples"][0]["data"]
    for begin in range(0, count, BATCH):
        ids = [
            (new_id("evt_", now), new_id("dlv_", now))
            for now in [int(time.time() * 1000) - 120_000]
            for _ in range(begin, min(count, begin + BATCH))
        ]
        now = int(time.time() * 1000)
        store.insert(
            "event",
            "id, workspace_id, type, timestamp, data",
            _events(ids, workspace, sample, now),
        )
        store.insert(
            "webhook_delivery",
            "id, workspace_id, webhook_id, event_id, event_type, status, attempt_count, schedule_from,"
            " next_attempt_at, error, response_code, created_at",
            (
                (
                    delivery,
                    workspace,
                    webhook,
                    event,
                    "inference.completed",
                    "pending",
                    attempts,
                    0,
                    now + due_in_ms,
                    "http_status" if attempts else None,
                    500 if attempts else None,
                    now - 120_000,
                )
                for event, delivery in ids
            ),
        )
        if attempts:
            store.insert(
                "webhook_attempt",
                "delivery_id, number, started_at, latency_ms, response_code, error",
                ((delivery, 1, now - 110_000, 3, 500, "http_status") for _, delivery in ids),
            )


def _events(ids, workspace: str, sample: dict, now: int) -> Iterator[tuple]:
    for event, _ in ids:
        inference = "inf_" + event.removeprefix("evt_")
        data = json.dumps({**sample, "inference_id": inference})
        yield event, workspace, "inference.completed", now - 120_000, data


def is_fanned_out(store) -> None:
    """The position of the fan-out behind all that was put here: these deliveries are made already."""
    last = "(SELECT max(seq) FROM event)"
    if isinstance(store.settings().get("AISTRALE_DATABASE_URL"), str):
        store.change(
            f"UPDATE event_reader SET transaction_id = (SELECT max(txid) FROM event), seq = {last}"
        )
    else:
        store.change(f"UPDATE event_reader SET seq = {last}")
    assert len(store.rows("SELECT name FROM event_reader")) == 1, "nothing was fanned out before"
