"""Ranges of buckets as keys of ``buckets.map``: IPv4 networks, because HAProxy keeps those in a tree.

The key of bucket b in draw number N is the number N·16384 + b, written as an IPv4 address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from gateways.haproxy.part import BucketRange


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


def entries(number: int, ranges: Iterable[BucketRange]) -> Iterator[tuple[str, str]]:
    """Yield key and backend of every block of one draw; buckets without a backend have none."""
    head, low = f"{number >> 10}.{number >> 2 & 255}.", (number & 3) << 6
    for item in ranges:
        if item.backend:
            for high, tail in _tails(item.first, item.last):
                yield f"{head}{low | high}{tail}", item.backend


def key(number: int, bucket: int) -> str:
    """Return the key of one bucket as an address, such as ``0.0.64.0``."""
    return f"{number >> 10}.{number >> 2 & 255}.{(number & 3) << 6 | bucket >> 8}.{bucket & 255}"


@lru_cache(maxsize=65_536)
def _tails(first: int, last: int) -> tuple[tuple[int, str], ...]:
    """Return what of the blocks' keys does not hang on the number: part of byte 3, and the rest."""
    return tuple(
        (bucket >> 8, f".{bucket & 255}/{prefix}") for bucket, prefix in blocks(first, last)
    )
