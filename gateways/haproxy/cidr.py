"""Ranges of buckets as keys of ``buckets.map``: IPv4 networks, because HAProxy keeps those in a tree.

The key of bucket b in draw number N is the number N·16384 + b, written as an IPv4 address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from gateways.haproxy.part import BucketRange

_PREFIX_OF_NUMBER = 18
"""16,384 keys a number leave 32 − 14 bits."""


@lru_cache(maxsize=65_536)
def blocks(first: int, last: int) -> tuple[tuple[int, int], ...]:
    """Return the fewest (first bucket, prefix length) that cover buckets `first` to `last`.

    At most 26 for 0–9999, since each end contributes at most one block a bit.
    """
    found: list[tuple[int, int]] = []
    at = first
    while at <= last:
        size = min(at & -at or 1 << 14, 1 << (last - at + 1).bit_length() - 1)
        found.append((at, 33 - size.bit_length()))
        at += size
    return tuple(found)


def keys(number: int, ranges: Iterable[BucketRange]) -> Iterator[tuple[str, str]]:
    """Yield key and backend of every block of one draw; buckets without a backend have none."""
    for item in ranges:
        if item.backend:
            for bucket, prefix in blocks(item.first, item.last):
                yield key(number, bucket, prefix), item.backend


def key(number: int, bucket: int, prefix: int = 32) -> str:
    """Return one key, such as ``0.0.64.0/19``."""
    return f"{number >> 10}.{number >> 2 & 255}.{(number & 3) << 6 | bucket >> 8}.{bucket & 255}/{prefix}"
