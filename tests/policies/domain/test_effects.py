from policies.domain.effects import PROMOTION, ROLLBACK, SetWeights
from tests.policies.domain.plans import step


def test_set_weights__step_with_condition__says_all_of_it():
    segment = step(weight=1050, condition="has cookie beta", strength=5000)

    split = SetWeights.for_step(2, segment)

    assert split == SetWeights("weights/step/3", 8950, 1050, "has cookie beta", 5000)
    assert str(split) == ("source 89.5%, target 10.5%, and 50% of requests where has cookie beta")


def test_set_weights__the_two_ends__leave_no_condition():
    assert str(ROLLBACK) == "source 100%, target 0%"
    assert str(PROMOTION) == "source 0%, target 100%"
    assert {ROLLBACK.strength, PROMOTION.strength} == {0}
