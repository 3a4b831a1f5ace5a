"""What a credential looks like, and how fields that hold one are called.

Examples of both, for every language: contract/vectors/secrets.json.
"""

from __future__ import annotations

import re
from typing import Final

_BEFORE: Final = r"(?:(?<![A-Za-z0-9])|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4}))"
"""No letter or digit, but those of an escape in JSON."""

_PRIVATE_KEY: Final = r"[A-Z ]*PRIVATE KEY(?: BLOCK)?-----"
_LINE_END: Final = r"(?:[ \t\r\n]|\\+[nr])+"
_LINES: Final = rf"(?:[A-Za-z0-9+/=]{{16,}})?(?:{_LINE_END}[A-Za-z0-9+/=]{{16,}})*"

_FORMS: Final = (
    r"ais_[A-Za-z0-9_-]{16,}",
    r"whsec_[A-Za-z0-9+/]{16,}={0,2}",
    r"(?:c?sk|pplx|nvapi|xai|glpat)-[A-Za-z0-9_-]{16,}",
    r"(?:gsk|hf|r8|fw|gh[oprsu])_[A-Za-z0-9]{16,}",
    r"github_pat_[A-Za-z0-9_]{16,}",
    r"xox[abeprs]-[A-Za-z0-9-]{16,}",
    r"AIza[A-Za-z0-9_-]{30,}",
    r"AQ\.[A-Za-z0-9_-]{30,}",
    r"A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])",
    r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*",
    r"(?<=(?i:bearer) )(?=[A-Za-z._~+/-]*[0-9])[A-Za-z0-9._~+/-]{16,}={0,2}",
    # with all that is in it; of one that is cut off its first line, and the long ones behind it
    rf"""-----BEGIN {_PRIVATE_KEY}(?:[^"]*?-----END {_PRIVATE_KEY}|{_LINES})""",
)

FORM: Final = f"{_BEFORE}(?:{'|'.join(_FORMS)})"
"""As a regular expression.

Behind what one begins with stand 16 characters at least, 30 behind `AIza` and `AQ.`, 10 in each
part of a JWT.
"""

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAMED: Final = re.compile(
    r"(?:.*_)?(?:cookies?|bearer|id_token)"
    r"|.*(?:api_?key|access_?key(?:_?id)?|private_?key|secret|secret_?key|password|passwd"
    r"|credentials?|authorization|(?:access|auth|bearer|client|refresh|security|session)_?token)",
    re.IGNORECASE,
)


def names_credential(name: str) -> bool:
    """Return whether a field of this name holds a credential, in whatever spelling."""
    return _NAMED.fullmatch(_HUMP.sub("_", name).replace("-", "_")) is not None
