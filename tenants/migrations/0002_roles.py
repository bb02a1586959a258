

import django.db.models.deletion
import tenants.names
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Group',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='Fixed once created.', max_length=63, validators=[tenants.names.validate_label])),
                ('title', models.CharField(blank=True, max_length=127)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Role',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='Fixed once created.', max_length=63, validators=[tenants.names.validate_label])),
                ('title', models.CharField(blank=True, max_length=127)),
                ('rights', models.JSONField(default=list)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='RoleBinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('builtin', models.CharField(blank=True, max_length=63)),
                ('selector', models.CharField(blank=True, max_length=1000)),
                ('object_kind', models.CharField(blank=True, max_length=15)),
                ('object_name', models.CharField(blank=True, max_length=63)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('max_weight', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('created_by', models.CharField(max_length=191)),
            ],
            options={
                'verbose_name': 'role binding',
                'ordering': ['pk'],
            },
        ),
        migrations.AlterUniqueTogether(
            name='environmentgroupright',
            unique_together=None,
        ),
        migrations.RemoveField(
            model_name='environmentgroupright',
            name='content_object',
        ),
        migrations.RemoveField(
            model_name='environmentgroupright',
            name='group',
        ),
        migrations.RemoveField(
            model_name='environmentgroupright',
            name='permission',
        ),
        migrations.AlterUniqueTogether(
            name='environmentuserright',
            unique_together=None,
        ),
        migrations.RemoveField(
            model_name='environmentuserright',
            name='content_object',
        ),
        migrations.RemoveField(
            model_name='environmentuserright',
            name='permission',
        ),
        migrations.RemoveField(
            model_name='environmentuserright',
            name='user',
        ),
        migrations.AlterUniqueTogether(
            name='organisationgroupright',
            unique_together=None,
        ),
        migrations.RemoveField(
            model_name='organisationgroupright',
            name='content_object',
        ),
        migrations.RemoveField(
            model_name='organisationgroupright',
            name='group',
        ),
        migrations.RemoveField(
            model_name='organisationgroupright',
            name='permission',
        ),
        migrations.AlterUniqueTogether(
            name='organisationuserright',
            unique_together=None,
        ),
        migrations.RemoveField(
            model_name='organisationuserright',
            name='content_object',
        ),
        migrations.RemoveField(
            model_name='organisationuserright',
            name='permission',
        ),
        migrations.RemoveField(
            model_name='organisationuserright',
            name='user',
        ),
        migrations.RemoveConstraint(
            model_name='apitoken',
            name='token_is_somebodys',
        ),
        migrations.AddField(
            model_name='apitoken',
            name='environment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='scoped_tokens', to='tenants.environment'),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='previous_digest',
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='previous_until',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='rights',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='organisation',
            name='access_generation',
            field=models.PositiveBigIntegerField(default=1, editable=False),
        ),
        migrations.AddConstraint(
            model_name='apitoken',
            constraint=models.CheckConstraint(condition=models.Q(('user__isnull', True), ('agent_of__isnull', True), _connector='OR'), name='token_is_one_somebodys'),
        ),
        migrations.AddField(
            model_name='group',
            name='members',
            field=models.ManyToManyField(blank=True, related_name='member_of', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='group',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='tenants.organisation'),
        ),
        migrations.AddField(
            model_name='role',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='roles', to='tenants.organisation'),
        ),
        migrations.AddField(
            model_name='rolebinding',
            name='environment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to='tenants.environment'),
        ),
        migrations.AddField(
            model_name='rolebinding',
            name='group',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to='tenants.group'),
        ),
        migrations.AddField(
            model_name='rolebinding',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to='tenants.organisation'),
        ),
        migrations.AddField(
            model_name='rolebinding',
            name='role',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to='tenants.role'),
        ),
        migrations.AddField(
            model_name='rolebinding',
            name='token',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to='tenants.apitoken'),
        ),
        migrations.AddField(
            model_name='rolebinding',
            name='user',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to=settings.AUTH_USER_MODEL),
        ),
        migrations.DeleteModel(
            name='EnvironmentGroupRight',
        ),
        migrations.DeleteModel(
            name='EnvironmentUserRight',
        ),
        migrations.DeleteModel(
            name='OrganisationGroupRight',
        ),
        migrations.DeleteModel(
            name='OrganisationUserRight',
        ),
        migrations.AddConstraint(
            model_name='group',
            constraint=models.UniqueConstraint(fields=('organisation', 'name'), name='group_name_once'),
        ),
        migrations.AddConstraint(
            model_name='role',
            constraint=models.UniqueConstraint(fields=('organisation', 'name'), name='role_name_once'),
        ),
        migrations.AddConstraint(
            model_name='rolebinding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('builtin', ''), ('role__isnull', False)), models.Q(('role__isnull', True), models.Q(('builtin', ''), _negated=True)), _connector='OR'), name='binding_has_one_role'),
        ),
        migrations.AddConstraint(
            model_name='rolebinding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('group__isnull', True), ('token__isnull', True), ('user__isnull', False)), models.Q(('group__isnull', False), ('token__isnull', True), ('user__isnull', True)), models.Q(('group__isnull', True), ('token__isnull', False), ('user__isnull', True)), _connector='OR'), name='binding_has_one_subject'),
        ),
        migrations.AddConstraint(
            model_name='rolebinding',
            constraint=models.CheckConstraint(condition=models.Q(('max_weight__isnull', True), ('max_weight__lte', 10000), _connector='OR'), name='binding_weight_valid'),
        ),
    ]
