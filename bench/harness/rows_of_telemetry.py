"""A million records as a month of use leaves them, the same ones for both databases."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
COLUMNS = (
    "id, workspace_id, status, created_at, completed_at, provider, model, requested_model, session_id, api_key_id,"
    " client, streamed, finish_reason, input_tokens, output_tokens, cached_input_tokens, reasoning_tokens,"
    " cost_nano_usd, cost_source, latency_ms, time_to_first_token_ms, attempts, error_code, error_message, metadata,"
    " owner"
)
MODELS = [
    ("openai", "gpt-4o", 40),
    ("openai", "gpt-4o-mini", 30),
    ("anthropic", "claude-sonnet-4-5", 20),
    ("gemini", "gemini-2.5-flash", 9),
    ("groq", "llama-3.3-70b", 1),
]
TEAMS = ["search", "support", "ads", "research"]


def inference_id(millis: int, chance: random.Random) -> str:
    """As the server makes them: a UUIDv7 in Crockford's base32."""
    number = (
        millis << 80
        | 7 << 76
        | chance.getrandbits(12) << 64
        | 2 << 62
        | chance.getrandbits(62)
    )
    return "inf_" + "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def rows(count: int, span: timedelta, workspace: str) -> Iterator[tuple[object, ...]]:
    """Oldest first, evenly over the time until now."""
    chance = random.Random(1)
    end = int(datetime.now(UTC).timestamp() * 1000)
    step = span.total_seconds() * 1000 / count
    models = [(provider, model) for provider, model, share in MODELS for _ in range(share)]
    for number in range(count):
        created = int(end - (count - number) * step)
        provider, model = chance.choice(models)
        failed = chance.random() < 0.02
        streamed = chance.random() < 0.5
        latency = int(chance.lognormvariate(6.8, 0.7))
        attempts = [
            {
                "provider": provider,
                "model": model,
                "outcome": "provider_failed" if failed else "completed",
                "latency_ms": latency,
            }
        ]
        metadata = {"team": chance.choice(TEAMS), "user": f"user-{chance.randrange(5000)}"}
        text = ",".join(f"\n{json.dumps(key)}:{json.dumps(value)}" for key, value in metadata.items())
        yield (
            inference_id(created, chance),
            workspace,
            "failed" if failed else "completed",
            created,
            created + latency,
            provider,
            model,
            f"{provider}/{model}",
            f"chat-{number // 4}",
            "key_bench",
            "python/0.1.0",
            int(streamed),
            None if failed else "stop",
            chance.randrange(50, 4000),
            None if failed else chance.randrange(1, 900),
            0,
            0,
            None if failed else chance.randrange(1, 50_000_000),
            None if failed else "reported",
            latency,
            latency // 3 if streamed and not failed else None,
            json.dumps(attempts, separators=(",", ":")),
            "provider_failed" if failed else None,
            "The provider answered with 500." if failed else None,
            f"{{{text}\n}}",
            "node_bench",
        )
