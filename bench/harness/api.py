"""The gateway's native API, for what a run prepares and looks up."""

import json
import urllib.error
import urllib.request
from decimal import Decimal
from typing import Any

from .processes import Failure, Gateway


class Api:
    def __init__(self, gateway: Gateway):
        self._gateway = gateway

    def call(self, method: str, path: str, body: object = None) -> Any:
        """What is answered; money comes as an exact decimal. Anything but a 2xx is a failure."""
        status, _, answer = self.ask(method, path, body)
        if not 200 <= status < 300:
            raise Failure(f"{method} {path}: {status} {answer}")
        return json.loads(answer, parse_float=Decimal) if answer else None

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, str], str]:
        request = urllib.request.Request(
            self._gateway.url + path,
            None if body is None else json.dumps(body).encode(),
            {
                "authorization": f"Bearer {self._gateway.key()}",
                "content-type": "application/json",
            },
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, lower(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, lower(refused.headers), refused.read().decode()


def lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
