"""What the migrations before it came to, in one: a new database is made in less time."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import tenants.models.user
import tenants.names
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('tenants', '0001_initial'),
        ('tenants', '0002_roles'),
        ('tenants', '0003_members_are_operators'),
        ('tenants', '0004_storage'),
        ('tenants', '0005_audit_retention'),
        ('tenants', '0006_lifecycle'),
        ('tenants', '0007_connection_results_and_setup_runs'),
        ('tenants', '0008_identity'),
        ('tenants', '0009_platform_sign_in_policy'),
    ]

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='ConnectionResult',
            fields=[
                ('key', models.CharField(max_length=63, primary_key=True, serialize=False)),
                ('ok', models.BooleanField()),
                ('is_prepared', models.BooleanField()),
                ('found', models.JSONField()),
                ('tested_at', models.DateTimeField()),
                ('tested_by', models.CharField(max_length=191)),
            ],
            options={
                'verbose_name': "result of a connection's test",
                'verbose_name_plural': "results of connections' tests",
            },
        ),
        migrations.CreateModel(
            name='NumberRange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('given_to', models.CharField(help_text='Alias of the database.', max_length=63)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('active', 'Active'), ('archived', 'Archived'), ('deleting', 'being deleted')], default='active', editable=False, max_length=15)),
                ('state_at', models.DateTimeField(editable=False, null=True)),
                ('state_by', models.CharField(blank=True, default='', editable=False, max_length=191)),
                ('name', models.CharField(help_text='DNS label, fixed once created.', max_length=63, unique=True, validators=[tenants.names.validate_label])),
                ('title', models.CharField(blank=True, help_text='Shown to people instead of the name.', max_length=127)),
                ('default_database', models.CharField(blank=True, help_text="Where the rows of new environments lie; empty: the installation's.", max_length=63)),
                ('kv_url', models.CharField(blank=True, max_length=255, verbose_name='key-value store')),
                ('metrics_url', models.CharField(blank=True, max_length=255, verbose_name='metrics store')),
                ('events_url', models.CharField(blank=True, max_length=255, verbose_name='event stream')),
                ('access_generation', models.PositiveBigIntegerField(default=1, editable=False)),
                ('audit_retention_days', models.PositiveIntegerField(blank=True, default=0, help_text='Days after which entries of the audit trail are forgotten; 0 keeps them for ever.', validators=[django.core.validators.MaxValueValidator(36500)], verbose_name='audit trail kept for')),
                ('environment_defaults', models.JSONField(blank=True, default=dict, help_text='What a new environment begins with; copied when it is made.', verbose_name='defaults of environments')),
                ('most_environments', models.PositiveIntegerField(default=0, help_text='How many environments there may be; 0 for any number.', verbose_name='most environments')),
                ('most_gateways', models.PositiveIntegerField(default=0, help_text='How many gateways there may be; 0 for any number.', verbose_name='most gateways')),
                ('most_releases', models.PositiveIntegerField(default=0, help_text='How many releases at once there may be; 0 for any number.', verbose_name='most releases at once')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='SetupRun',
            fields=[
                ('environment_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField(default=0)),
                ('asked_at', models.DateTimeField()),
                ('asked_by', models.CharField(max_length=191)),
                ('begun_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('steps', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name': 'set-up of an environment',
                'verbose_name_plural': 'set-ups of environments',
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('login', models.CharField(max_length=127, unique=True, validators=[tenants.models.user.validate_login])),
                ('full_name', models.CharField(blank=True, max_length=127)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('is_active', models.BooleanField(default=True, help_text='Untick instead of deleting.')),
                ('joined_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('password_salt', models.CharField(blank=True, default='', editable=False, max_length=16)),
                ('password_set_at', models.DateTimeField(editable=False, null=True)),
                ('must_change_password', models.BooleanField(default=False, help_text="Asks for a password of the person's own choice at the next sign-in.")),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='users', to='tenants.organisation')),
            ],
            options={
                'ordering': ['login'],
            },
        ),
        migrations.CreateModel(
            name='Deletion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.CharField(max_length=63)),
                ('environment', models.CharField(blank=True, default='', max_length=63)),
                ('row_id', models.BigIntegerField()),
                ('database', models.CharField(max_length=63)),
                ('running', models.CharField(max_length=63, null=True, unique=True)),
                ('requested_by', models.CharField(max_length=191)),
                ('requested_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(null=True)),
                ('preview', models.JSONField(default=dict)),
                ('steps_done', models.JSONField(default=list)),
                ('steps_skipped', models.JSONField(default=list)),
                ('step', models.CharField(blank=True, default='', max_length=31)),
                ('done', models.PositiveBigIntegerField(default=0)),
                ('total', models.PositiveBigIntegerField(default=0)),
                ('waits_for', models.TextField(blank=True, default='')),
                ('remains', models.JSONField(default=list)),
            ],
            options={
                'ordering': ['-requested_at', '-id'],
                'indexes': [models.Index(fields=['organisation', 'environment'], name='deletion_scope')],
            },
        ),
        migrations.CreateModel(
            name='IdentityProvider',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(help_text='What the button says, such as Acme login.', max_length=63)),
                ('issuer', models.CharField(help_text='Such as https://login.example.com/realms/acme.', max_length=255, validators=[django.core.validators.URLValidator(schemes=['https', 'http'])])),
                ('client_id', models.CharField(max_length=255)),
                ('login_claim', models.CharField(default='preferred_username', max_length=63)),
                ('groups_claim', models.CharField(blank=True, default='groups', max_length=63)),
                ('makes_users', models.BooleanField(default=True)),
                ('takes_over_users', models.BooleanField(default=False)),
                ('is_enabled', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('organisation', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='identity_provider', to='tenants.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='Group',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='Fixed once created.', max_length=63, validators=[tenants.names.validate_label])),
                ('title', models.CharField(blank=True, max_length=127)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('members', models.ManyToManyField(blank=True, related_name='member_of', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='tenants.organisation')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Environment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('active', 'Active'), ('archived', 'Archived'), ('deleting', 'being deleted')], default='active', editable=False, max_length=15)),
                ('state_at', models.DateTimeField(editable=False, null=True)),
                ('state_by', models.CharField(blank=True, default='', editable=False, max_length=191)),
                ('name', models.CharField(help_text='DNS label, fixed once created.', max_length=63, validators=[tenants.names.validate_label])),
                ('title', models.CharField(blank=True, help_text='Shown to people instead of the name.', max_length=127)),
                ('stage', models.CharField(choices=[('development', 'Development'), ('test', 'Test'), ('acceptance', 'Acceptance'), ('production', 'Production')], default='development', max_length=15)),
                ('order', models.PositiveSmallIntegerField(default=0, help_text='Place in the pipeline; versions are promoted from low to high.')),
                ('scheduler_url', models.CharField(blank=True, help_text='Such as local:/srv/vamp/services.', max_length=255, verbose_name='scheduler')),
                ('namespace', models.CharField(blank=True, help_text="Namespace in the scheduler's cluster, where it has any.", max_length=63)),
                ('placement', models.CharField(editable=False, max_length=320, null=True, unique=True)),
                ('service_label', models.CharField(default='app', help_text="Label whose value is the service's name.", max_length=127)),
                ('version_label', models.CharField(default='version', help_text="Label whose value is the service's version.", max_length=127)),
                ('shared_port', models.PositiveIntegerField(default=0, help_text="Port for gateways that have hosts; 0 takes the installation's.")),
                ('database', models.CharField(default='default', editable=False, help_text="Where this environment's rows lie.", max_length=63)),
                ('former_databases', models.JSONField(default=list, editable=False, help_text='Where its events and audit trail up to its moves lie, oldest first.')),
                ('kv_url', models.CharField(blank=True, max_length=255, verbose_name='key-value store')),
                ('kv_old_url', models.CharField(blank=True, editable=False, help_text='Kept in step with the key-value store until no agent reads it any more.', max_length=255)),
                ('metrics_url', models.CharField(blank=True, max_length=255, verbose_name='metrics store')),
                ('events_url', models.CharField(blank=True, max_length=255, verbose_name='event stream')),
                ('events_old_url', models.CharField(blank=True, editable=False, help_text='Still listened to, for what lay in it when the stream was changed.', max_length=255)),
                ('agent_keys_end_at', models.DateTimeField(editable=False, help_text="When the agents' keys end that were before the present one.", null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='environments', to='tenants.organisation')),
            ],
            options={
                'ordering': ['organisation__name', 'order', 'name'],
            },
        ),
        migrations.CreateModel(
            name='DedicatedDatabase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('alias', models.CharField(help_text='DNS label, fixed.', max_length=63, unique=True, validators=[tenants.names.validate_label])),
                ('url', models.CharField(max_length=255)),
                ('state', models.CharField(choices=[('preparing', 'Preparing'), ('ready', 'Ready'), ('failed', 'Failed')], default='preparing', max_length=15)),
                ('step', models.CharField(blank=True, max_length=127)),
                ('done', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(default=0)),
                ('error', models.TextField(blank=True)),
                ('tried_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='databases', to='tenants.organisation')),
            ],
            options={
                'verbose_name': 'dedicated database',
                'ordering': ['alias'],
            },
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=127)),
                ('rights', models.JSONField(blank=True, default=list)),
                ('prefix', models.CharField(editable=False, max_length=8, unique=True)),
                ('digest', models.CharField(editable=False, max_length=64)),
                ('previous_digest', models.CharField(blank=True, editable=False, max_length=64)),
                ('previous_until', models.DateTimeField(editable=False, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(editable=False, null=True)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to=settings.AUTH_USER_MODEL)),
                ('agent_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='agent_tokens', to='tenants.environment')),
                ('environment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='scoped_tokens', to='tenants.environment')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='tenants.organisation')),
            ],
            options={
                'verbose_name': 'API token',
                'ordering': ['organisation__name', 'name'],
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
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='roles', to='tenants.organisation')),
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
                ('environment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to='tenants.environment')),
                ('group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to='tenants.group')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to='tenants.organisation')),
                ('role', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to='tenants.role')),
                ('token', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to='tenants.apitoken')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'role binding',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='SignInFailures',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(editable=False, max_length=127)),
                ('address', models.CharField(editable=False, max_length=45)),
                ('failures', models.PositiveIntegerField(default=0, editable=False)),
                ('first_at', models.DateTimeField(editable=False)),
                ('last_at', models.DateTimeField(editable=False)),
                ('organisation', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.organisation')),
            ],
            options={
                'verbose_name': 'lock',
                'verbose_name_plural': 'locks',
                'ordering': ['-last_at'],
            },
        ),
        migrations.CreateModel(
            name='SignInPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('of_platform', models.BooleanField(editable=False, null=True, unique=True)),
                ('second_factor', models.CharField(choices=[('nobody', 'Nobody'), ('passwords', 'those who sign in with a password'), ('everybody', 'Everybody')], default='nobody', max_length=15, verbose_name='second factor required of')),
                ('grace_days', models.PositiveSmallIntegerField(default=7, help_text='Days that people have to set one up. 0: at their next sign-in.')),
                ('required_since', models.DateTimeField(editable=False, null=True)),
                ('organisation', models.OneToOneField(blank=True, help_text='Left empty: of platform administrators, who belong to none.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sign_in_policy', to='tenants.organisation')),
            ],
            options={
                'verbose_name': 'sign-in policy',
                'verbose_name_plural': 'sign-in policies',
            },
        ),
        migrations.CreateModel(
            name='SsoGroupMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('claim_value', models.CharField(max_length=255)),
                ('group_name', models.CharField(max_length=63)),
                ('organisation', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='sso_groups', to='tenants.organisation')),
            ],
            options={
                'ordering': ['claim_value', 'group_name'],
            },
        ),
        migrations.CreateModel(
            name='StorageMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('database', 'SQL database'), ('kv', 'key-value store'), ('metrics', 'metrics store'), ('events', 'event stream')], max_length=15)),
                ('source', models.CharField(blank=True, max_length=255)),
                ('target', models.CharField(blank=True, max_length=255)),
                ('state', models.CharField(choices=[('running', 'Running'), ('following', 'in use, the old store is kept in step'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='running', max_length=15)),
                ('step', models.CharField(blank=True, max_length=63)),
                ('done', models.PositiveBigIntegerField(default=0)),
                ('total', models.PositiveBigIntegerField(default=0)),
                ('is_switched', models.BooleanField(default=False)),
                ('error', models.TextField(blank=True)),
                ('active', models.CharField(editable=False, max_length=127, null=True, unique=True)),
                ('actor', models.CharField(max_length=191)),
                ('held_ms', models.PositiveIntegerField(default=0)),
                ('facts', models.JSONField(default=dict)),
                ('started_at', models.DateTimeField(auto_now_add=True)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('environment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='moves', to='tenants.environment')),
            ],
            options={
                'verbose_name': 'move of a store',
                'verbose_name_plural': 'moves of stores',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='UserSession',
            fields=[
                ('session_data', models.TextField(verbose_name='session data')),
                ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
                ('session_key', models.CharField(editable=False, max_length=64, primary_key=True, serialize=False)),
                ('address', models.CharField(blank=True, editable=False, max_length=45)),
                ('browser', models.CharField(blank=True, editable=False, max_length=255)),
                ('since', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('seen_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='last seen')),
                ('user', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'session',
                'ordering': ['-seen_at'],
            },
        ),
        migrations.AddConstraint(
            model_name='group',
            constraint=models.UniqueConstraint(fields=('organisation', 'name'), name='group_name_once'),
        ),
        migrations.AddConstraint(
            model_name='environment',
            constraint=models.UniqueConstraint(fields=('organisation', 'name'), name='environment_name_once'),
        ),
        migrations.AddConstraint(
            model_name='apitoken',
            constraint=models.CheckConstraint(condition=models.Q(('user__isnull', True), ('agent_of__isnull', True), _connector='OR'), name='token_is_one_somebodys'),
        ),
        migrations.AddConstraint(
            model_name='apitoken',
            constraint=models.UniqueConstraint(fields=('organisation', 'name'), name='token_name_once'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('organisation__isnull', False), ('is_superuser', True), _connector='OR'), name='user_has_organisation', violation_error_message='Only platform administrators have no organisation.'),
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
        migrations.AddIndex(
            model_name='signinfailures',
            index=models.Index(fields=['address', 'last_at'], name='failures_of_address'),
        ),
        migrations.AddConstraint(
            model_name='signinfailures',
            constraint=models.UniqueConstraint(fields=('subject', 'address'), name='failures_once'),
        ),
        migrations.AddConstraint(
            model_name='ssogroupmapping',
            constraint=models.UniqueConstraint(fields=('organisation', 'claim_value', 'group_name'), name='sso_group_once'),
        ),
    ]
