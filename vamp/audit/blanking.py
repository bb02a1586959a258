"""The second net against secrets in the trail. Pure.

Services blank what they know to be secret; whatever slips through them is caught here by the name
of its key, or by the form of a URL that holds a password.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

BLANK = "•••"
"""Stands for what is not shown."""

DEEPEST = 32
"""Levels of nesting; what lies deeper is blanked as a whole."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")

_SECRET_WORDS = frozenset(
    {
        "password", "passwd", "passphrase", "pwd", "secret", "secrets", "credential", "credentials",
        "authorization", "salt", "otp", "totp", "apikey", "privatekey", "jwt", "bearer",
    }
)  # fmt: skip
_SECRET_PAIRS = frozenset(
    {
        ("api", "key"), ("private", "key"), ("access", "key"), ("signing", "key"),
        ("secret", "key"), ("encryption", "key"), ("master", "key"), ("recovery", "codes"),
        ("recovery", "code"), ("session", "id"), ("session", "key"), ("access", "token"),
        ("refresh", "token"), ("id", "token"), ("auth", "token"), ("api", "token"),
        ("token", "text"), ("token", "value"), ("set", "cookie"), ("kv", "key"), ("events", "key"),
    }
)  # fmt: skip

_IN_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<user>[^\s/?#:@]*):(?P<secret>[^\s/?#]+)@"
)
_PARAMETER = re.compile(
    r"(?P<name>[?&](?:api_?key|access_?token|token|password|passwd|secret|sig|signature)=)[^&\s#]+",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(?P<scheme>Bearer|Basic|Token)\s+[A-Za-z0-9._~+/=-]{16,}", re.IGNORECASE)
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)", re.DOTALL)


def blanked(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return `content` with everything that looks like a secret blanked, at any depth.

    The name of a secret (``{"secret": "metrics"}`` beside no value) is the one thing that services
    do tell; they put it under ``secret_name``, since a value cannot be told from a name here.

    Args:
        content: JSON values; numbers that JSON has no form for become text.
    """
    return {str(key): _under(str(key), value, DEEPEST) for key, value in content.items()}


def is_secret_name(name: str) -> bool:
    """Tell whether a key is called like what holds a secret: ``password``, ``apiKey``, ``KV_KEY``."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words:
        return False
    if words[-1] in {"name", "names", "set", "policy", "rotated", "kind"}:
        return False  # speaks of a secret and holds none
    if any(word in _SECRET_WORDS for word in words):
        return True
    return any(pair in _SECRET_PAIRS for pair in pairwise(words))


def _under(key: str, value: Any, depth: int) -> Any:
    if is_secret_name(key):
        return _hidden(value, depth)
    return _cleaned(value, depth)


def _cleaned(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth == 0:
        return BLANK
    if isinstance(value, Mapping):
        return {str(key): _under(str(key), each, depth - 1) for key, each in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [_cleaned(each, depth - 1) for each in value]
    return _text(str(value))


def _hidden(value: Any, depth: int) -> Any:
    """Blank `value`; whether there is one at all is no secret, nor are the keys of a mapping."""
    if value is None or isinstance(value, bool) or value in ("", [], {}):
        return value
    if isinstance(value, Mapping) and depth:
        return {str(key): _hidden(each, depth - 1) for key, each in value.items()}
    return BLANK


def _text(value: str) -> str:
    if "://" in value:
        value = _IN_URL.sub(rf"\g<scheme>\g<user>:{BLANK}@", value)
    if "=" in value and ("?" in value or "&" in value):
        value = _PARAMETER.sub(rf"\g<name>{BLANK}", value)
    if " " in value:
        value = _BEARER.sub(rf"\g<scheme> {BLANK}", value)
        value = _PEM.sub(BLANK, value)
    return value
