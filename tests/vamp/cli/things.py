"""Documents that tests apply."""

from __future__ import annotations

POLICY = """\
kind: ReleasePolicy
name: canary
steps:
  - target: {weight: 10%}
    conditions: [{metric: error_ratio, operator: "<=", baseline: 0.05}]
  - target: {weight: 100%}
    conditions: [{metric: error_ratio, operator: "<=", baseline: 0.05}]
"""

GATEWAY = """\
kind: Gateway
name: shop
hosts: [shop.acme.test]
policy: canary
routes:
  - {service: shop, version: 1.0.0, weight: 100%}
  - {service: shop, version: 1.1.0}
"""

BOTH = f"{GATEWAY}---\n{POLICY}"

BROKEN = """\
kind: Gateway
name: shop
hostss: [shop.acme.test]
retries: many
routes:
  - {service: shop, version: 1.0.0, weight: 60%}
"""

OLD_POLICY = """\
{"maxStartRetries": 10, "steps": [
  {"duration": "5m", "source": {"weight": 50}, "target": {"weight": 50}},
  {"source": {"weight": 0}, "target": {"weight": 100}}]}
"""
