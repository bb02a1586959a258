"""Whoever belonged to an organisation could do everything in its environments: that stays."""

from django.db import migrations

DEFAULT = "default"


def bind_members(apps, schema_editor):
    """Give every user of an organisation the role operator on all of it."""
    if schema_editor.connection.alias != DEFAULT:
        return
    user = apps.get_model("tenants", "User")
    binding = apps.get_model("tenants", "RoleBinding")
    members = user.objects.using(DEFAULT).exclude(organisation=None)
    binding.objects.using(DEFAULT).bulk_create(
        binding(
            organisation_id=member.organisation_id,
            user=member,
            builtin="operator",
            created_by="vamp:upgrade",
        )
        for member in members.iterator()
    )


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_roles")]

    operations = [migrations.RunPython(bind_members, migrations.RunPython.noop)]
