from __future__ import annotations

from datetime import timedelta

from django.template import Context, Template
from django.utils import timezone

from vamp.pages.split import Segment


def rendered(text, **context):
    return Template("{% load vamp_pages %}" + text).render(Context(context))


def test_moment__a_time__is_relative_with_the_exact_one_on_hover():
    at = timezone.now() - timedelta(minutes=3, seconds=5)

    html = rendered("{{ at|moment }}", at=at)

    assert ">3 minutes ago</time>" in html
    assert f'title="{at:%Y-%m-%d %H:%M:%S} UTC"' in html


def test_moment__none__is_a_dash():
    assert rendered("{{ at|moment }}", at=None) == "–"


def test_share__hundredths__is_percent():
    assert rendered("{{ weight|share }}", weight=1250) == "12.5%"


def test_split_bar__hostile_label__is_escaped_and_has_no_inline_style():
    shares = [Segment("<script>", "1.0.0", 4_000), Segment("b", "1.1.0", 6_000)]

    html = rendered("{% split_bar shares %}", shares=shares)

    assert "<script>" not in html
    assert "style=" not in html
    assert 'width="4000"' in html
    assert 'x="4000"' in html
    assert "60%" in html
