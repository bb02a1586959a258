from __future__ import annotations

from datetime import timedelta

import pytest

from tenants.models import ApiToken
from tenants.models.token import PREFIX_LENGTH
from tenants.services.tokens import create_token
from tests.factories import ACTOR, user_of


@pytest.fixture
def token(person):
    return create_token("ci", actor=ACTOR, user=person)[0]


def test_new_text__many__are_long_and_no_two_alike():
    texts = {ApiToken.new_text() for _ in range(100)}

    assert len(texts) == 100
    assert {len(text.partition(".")[0]) for text in texts} == {PREFIX_LENGTH}
    assert min(len(text.partition(".")[2]) for text in texts) >= 43


def test_usable__not_expired__is_there_until_the_very_moment(token, now):
    token.expires_at = now
    token.save()

    assert ApiToken.objects.usable(now - timedelta(microseconds=1)).exists()
    assert not ApiToken.objects.usable(now).exists()


def test_usable__user_switched_off__is_not(token, person, now):
    person.is_active = False
    person.save()

    assert not ApiToken.objects.usable(now).exists()


def test_usable__of_agents__has_no_user_to_be_switched_off(environment, now):
    create_token("agents", actor=ACTOR, agent_of=environment)

    assert ApiToken.objects.usable(now).exists()


def test_visible_to__another_tenants__is_not(token, other_environment, platform_administrator):
    stranger = user_of(other_environment.organisation)

    assert not ApiToken.objects.visible_to(stranger).exists()
    assert ApiToken.objects.visible_to(token.user).get() == token
    assert ApiToken.objects.visible_to(platform_administrator).get() == token


def test_str__of_a_token__shows_no_more_than_its_prefix(person):
    token, text = create_token("ci", actor=ACTOR, user=person)

    assert str(token) == f"ci ({text[:PREFIX_LENGTH]}…)"
