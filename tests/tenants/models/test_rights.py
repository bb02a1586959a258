from __future__ import annotations

from django.contrib.auth.models import Group
from guardian.shortcuts import assign_perm

from tenants.models import (
    EnvironmentGroupRight,
    EnvironmentUserRight,
    OrganisationGroupRight,
    OrganisationUserRight,
)


def test_assign__to_a_user__is_kept_in_rows_with_foreign_keys(environment, person):
    assign_perm("tenants.change_environment", person, environment)
    assign_perm("tenants.view_organisation", person, environment.organisation)

    assert person.has_perm("tenants.change_environment", environment)
    assert not person.has_perm("tenants.delete_environment", environment)
    assert EnvironmentUserRight.objects.get().content_object == environment
    assert OrganisationUserRight.objects.get().content_object == environment.organisation


def test_assign__to_a_group__its_members_have_the_right(environment, person):
    group = Group.objects.create(name="operators")
    person.groups.add(group)

    assign_perm("tenants.change_environment", group, environment)
    assign_perm("tenants.view_organisation", group, environment.organisation)

    assert person.has_perm("tenants.change_environment", environment)
    assert EnvironmentGroupRight.objects.get().group == group
    assert OrganisationGroupRight.objects.get().group == group
