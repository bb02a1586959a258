"""Release policies with their versions; releases with their evaluations, decisions and hooks."""

from policies.models.hook import HookDelivery
from policies.models.policy import PolicyVersion, ReleasePolicy
from policies.models.release import Decision, Evaluation, Release

__all__ = ["Decision", "Evaluation", "HookDelivery", "PolicyVersion", "Release", "ReleasePolicy"]
