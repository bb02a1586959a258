"""A release in the words and colours of lists."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.documents.read import policy_from_value
from policies.domain.effects import SetWeights
from policies.domain.machine import begin
from policies.domain.state import Phase
from policies.models import Release
from policies.pages.release_words import PHASE_TONES, line_of, segments_of, step_of
from policies.selectors import release_in
from tenants.pages.page import address
from tests.factories import NOON, POLICY, ReleaseFactory
from vamp.pages.split import Segment

PLAN = policy_from_value(POLICY).plan


@pytest.mark.parametrize("phase", Phase)
def test_line__in_every_phase__has_words_tone_step_and_split(environment, phase):
    state = replace(
        begin(PLAN, NOON).state,
        phase=phase,
        step=1,
        weights=SetWeights.for_step(1, PLAN.steps[1]),
    )
    ReleaseFactory.create(environment=environment, state=state.to_value(), status=phase.value)

    line = line_of(environment, release_in(environment, "shop", 1))

    assert (line.status, line.tone) == (phase.words, PHASE_TONES[phase])
    assert (line.step, line.at, line.steps) == (PLAN.steps[1].name, 2, 3)
    assert line.address == address("release", environment, "shop", 1)
    assert [segment.weight for segment in line.segments] == [5_000, 5_000]


def test_line__row_read_with_its_policy__takes_no_query(environment, django_assert_num_queries):
    ReleaseFactory.create(environment=environment)
    release = release_in(environment, "shop", 1)

    with django_assert_num_queries(0, using=environment.database):
        line_of(environment, release)


def test_step__first__has_its_name():
    assert step_of(PLAN, begin(PLAN, NOON).state) == PLAN.steps[0].name


def test_segments__route_without_version__is_called_by_its_name():
    release = Release(source="legacy", target="shop-2", target_version="2.0.0")

    assert segments_of(release, 9_000, 1_000) == [
        Segment("legacy", "legacy", 9_000),
        Segment("shop-2", "2.0.0", 1_000),
    ]
