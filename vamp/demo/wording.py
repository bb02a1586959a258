"""Numbers as the view and the summary show them."""

from __future__ import annotations


def percent(hundredths: int) -> str:
    """Return ``10 %`` for 1000, ``12.5 %`` for 1250."""
    return f"{hundredths / 100:g} %"


def share(value: float) -> str:
    """Return ``9.8 %`` for 0.098."""
    return f"{value * 100:.1f} %"


def measured(metric: str, value: float | None) -> str:
    """Return the value of a named metric with its unit; ``-`` where there is none."""
    if value is None:
        return "-"
    if metric.endswith("_ratio"):
        return f"{value * 100:.3g} %"
    if metric.startswith("latency_"):
        return f"{value:.3g} ms"
    return f"{value:.3g}/s" if metric == "request_rate" else f"{value:.4g}"


def clock(seconds: float) -> str:
    """Return ``01:07`` for 67 seconds."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02}:{rest:02}"
