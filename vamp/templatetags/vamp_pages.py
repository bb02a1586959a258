"""Template tags that every page uses: times, shares, colours, split bars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from vamp.documents.units import format_percent
from vamp.pages import browsers, wording
from vamp.pages.colours import hue_slot
from vamp.pages.split import Segment, placed

register = template.Library()


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """Return a relative time with the exact one on hover; a dash for None."""
    if value is None:
        return "–"
    exact = value.astimezone(UTC)
    return format_html(
        '<time class="v-time" datetime="{}" title="{} UTC">{}</time>',
        exact.isoformat(),
        f"{exact:%Y-%m-%d %H:%M:%S}",
        wording.ago(value, timezone.now()),
    )


@register.filter
def exact(value: datetime) -> str:
    """Return a time in UTC to the millisecond."""
    at = value.astimezone(UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d} UTC"


@register.filter
def at(values: Mapping[str, Any], key: str) -> Any:
    """Return what `values` hold under `key`; empty where they hold nothing."""
    return values.get(key, "")


@register.filter
def split_words(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


@register.filter
def spaced(text: str) -> str:
    """Return a field's name as words: ``request_id`` → ``request id``."""
    return text.replace("_", " ")


@register.filter
def browser_name(agent: str) -> str:
    """See `vamp.pages.browsers.browser_name`."""
    return browsers.browser_name(agent)


@register.filter
def share(hundredths: int) -> str:
    """Return hundredths of a percent as text: 1250 → ``12.5%``."""
    return format_percent(hundredths)


@register.filter
def hue(version: object) -> str:
    """Return the class of a version's colour."""
    return f"hue-{hue_slot(str(version))}"


@register.filter
def per_second(value: float | None) -> str:
    """See `vamp.pages.wording.rate`."""
    return wording.rate(value)


@register.filter
def ratio(value: float | None) -> str:
    """See `vamp.pages.wording.ratio`."""
    return wording.ratio(value)


@register.filter
def latency(value: float | None) -> str:
    """See `vamp.pages.wording.milliseconds`."""
    return wording.milliseconds(value)


@register.filter
def told(event: Any) -> str:
    """Return an event's row in words."""
    return wording.event_words(event.subject, event.payload)


@register.filter
def done(entry: Any) -> str:
    """Return an audit entry's deed in words."""
    return wording.audit_words(entry.verb, entry.name)


@register.inclusion_tag("vamp/parts/split.html")
def split_bar(segments: Iterable[Segment], caption: str = "") -> dict[str, Any]:
    """Draw shares as one bar, with a legend that says the same in words.

    Args:
        segments: the shares, in their order.
        caption: stands before the bar.
    """
    return {"placed": placed(segments), "caption": caption}
