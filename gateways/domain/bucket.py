"""Buckets: to which of 10,000 equal shares a cohort belongs, computed as HAProxy computes it."""

from __future__ import annotations

import xxhash

from gateways.domain.weights import WHOLE


def bucket(cohort: str, salt: str) -> int:
    """Return the bucket, 0–9999, of `cohort` in the draw named `salt`.

    HAProxy computes ``str(SALT),concat(/,txn.cohort),xxh32(0),mod(10000)``. The salt stands before
    the cohort and not in the hash's seed: HAProxy's seed must be a constant of the configuration,
    and on the shared port the gateway is known only per request. Draws with different salts are as
    independent as the hash is good.

    Args:
        cohort: identity of the caller (value of a cookie or header, address); its UTF-8 is hashed,
            and a byte that is no UTF-8 stands as its surrogate (PEP 383).
        salt: ``<gateway>`` for the split by weight, ``<gateway>/<route>`` for a condition.
    """
    hashed = f"{salt}/{cohort}".encode("utf-8", "surrogateescape")
    return xxhash.xxh32_intdigest(hashed, seed=0) % WHOLE
