"""What the migrations before it came to, in one: a new database is made in less time."""

from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('vamp', '0001_initial'),
        ('vamp', '0002_dead_tasks_and_locks'),
        ('vamp', '0003_audit_chain'),
        ('vamp', '0004_fence'),
        ('vamp', '0005_longer_cursor_names'),
        ('vamp', '0006_events_of_an_organisation'),
    ]

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='AuditCheckpoint',
            fields=[
                ('position', models.BigIntegerField(primary_key=True, serialize=False)),
                ('link', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('key_id', models.CharField(max_length=16)),
                ('signature', models.CharField(max_length=88)),
            ],
            options={
                'verbose_name': 'audit checkpoint',
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='AuditGap',
            fields=[
                ('first', models.BigIntegerField(primary_key=True, serialize=False)),
                ('last', models.BigIntegerField(unique=True)),
                ('before', models.CharField(max_length=64)),
                ('after', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('key_id', models.CharField(max_length=16)),
                ('signature', models.CharField(max_length=88)),
            ],
            options={
                'verbose_name': 'audit gap',
                'ordering': ['first'],
            },
        ),
        migrations.CreateModel(
            name='DeadTask',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(editable=False, max_length=32, unique=True)),
                ('task', models.CharField(max_length=127)),
                ('args', models.JSONField(default=list)),
                ('kwargs', models.JSONField(default=dict)),
                ('task_id', models.CharField(max_length=63)),
                ('queue', models.CharField(blank=True, max_length=63)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('deliveries', models.PositiveIntegerField(default=0)),
                ('is_put_aside', models.BooleanField(default=False)),
                ('error', models.TextField(blank=True)),
                ('first_at', models.DateTimeField(auto_now_add=True)),
                ('last_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'failed task',
                'ordering': ['-last_at'],
            },
        ),
        migrations.CreateModel(
            name='Lease',
            fields=[
                ('name', models.CharField(max_length=191, primary_key=True, serialize=False)),
                ('holder', models.CharField(max_length=191)),
                ('fencing', models.BigIntegerField(default=1)),
                ('expires_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'lease',
            },
        ),
        migrations.CreateModel(
            name='NamedLock',
            fields=[
                ('name', models.CharField(max_length=191, primary_key=True, serialize=False)),
            ],
            options={
                'verbose_name': 'lock',
            },
        ),
        migrations.CreateModel(
            name='StreamCursor',
            fields=[
                ('consumer', models.CharField(max_length=160, primary_key=True, serialize=False)),
                ('position', models.BigIntegerField(default=0)),
                ('done', models.JSONField(default=list)),
                ('in_flight', models.JSONField(default=list)),
                ('changed_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'verbose_name': 'stream cursor',
            },
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('organisation', models.CharField(max_length=63)),
                ('environment', models.CharField(blank=True, default='', max_length=63)),
                ('actor', models.CharField(max_length=191)),
                ('token', models.CharField(blank=True, default='', max_length=140)),
                ('verb', models.CharField(help_text='thing.past, such as gateway.changed', max_length=63)),
                ('kind', models.CharField(max_length=63)),
                ('name', models.CharField(max_length=191)),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
                ('source_address', models.GenericIPAddressField(null=True)),
                ('request_id', models.CharField(blank=True, default='', max_length=64)),
                ('digest', models.CharField(blank=True, default='', editable=False, max_length=70)),
                ('position', models.BigIntegerField(editable=False, null=True, unique=True)),
                ('link', models.CharField(blank=True, default='', editable=False, max_length=64)),
            ],
            options={
                'verbose_name': 'audit entry',
                'verbose_name_plural': 'audit entries',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['organisation', 'environment', '-at'], name='audit_scope_at'), models.Index(fields=['organisation', 'environment', 'kind', 'name'], name='audit_object'), models.Index(fields=['organisation', 'at'], name='audit_organisation_at')],
            },
        ),
        migrations.CreateModel(
            name='DeadLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('consumer', models.CharField(max_length=127)),
                ('event_id', models.CharField(max_length=127)),
                ('subject', models.CharField(max_length=255)),
                ('organisation', models.CharField(max_length=63)),
                ('environment', models.CharField(blank=True, default='', max_length=63)),
                ('payload', models.JSONField(default=dict)),
                ('error', models.TextField()),
                ('rejected_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'dead letter',
                'ordering': ['-rejected_at'],
                'constraints': [models.UniqueConstraint(fields=('consumer', 'event_id'), name='dead_letter_once')],
            },
        ),
        migrations.CreateModel(
            name='Fence',
            fields=[
                ('environment_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('organisation', models.CharField(max_length=63)),
                ('environment', models.CharField(max_length=63)),
                ('state', models.PositiveSmallIntegerField(choices=[(0, 'Open'), (1, 'held for the end of a move'), (2, 'moved to another database'), (3, 'moved, and being removed here')], default=0)),
                ('until', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'fence',
                'indexes': [models.Index(fields=['organisation', 'environment'], name='fence_names')],
            },
        ),
        migrations.CreateModel(
            name='OutboxEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('position', models.BigIntegerField(editable=False, null=True, unique=True)),
                ('subject', models.CharField(max_length=255)),
                ('organisation', models.CharField(max_length=63)),
                ('environment', models.CharField(blank=True, default='', max_length=63)),
                ('payload', models.JSONField(default=dict)),
                ('emitted_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'verbose_name': 'event',
                'ordering': ['position', 'id'],
                'indexes': [models.Index(fields=['organisation', 'environment', 'position'], name='outbox_scope_position'), models.Index(fields=['organisation', 'emitted_at'], name='outbox_organisation_emitted')],
            },
        ),
        migrations.CreateModel(
            name='RollupRow',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('organisation', models.CharField(max_length=63)),
                ('environment', models.CharField(max_length=63)),
                ('rollup_key', models.CharField(max_length=32)),
                ('agent', models.CharField(max_length=255)),
                ('gateway', models.CharField(max_length=63)),
                ('route', models.CharField(max_length=127)),
                ('service', models.CharField(blank=True, default='', max_length=127)),
                ('version', models.CharField(blank=True, default='', max_length=127)),
                ('start_us', models.BigIntegerField()),
                ('seconds', models.FloatField()),
                ('count', models.BigIntegerField()),
                ('errors', models.BigIntegerField()),
                ('bytes_out', models.BigIntegerField()),
                ('latency_sum_ms', models.FloatField()),
                ('status_1xx', models.BigIntegerField(default=0)),
                ('status_2xx', models.BigIntegerField(default=0)),
                ('status_3xx', models.BigIntegerField(default=0)),
                ('status_4xx', models.BigIntegerField(default=0)),
                ('status_5xx', models.BigIntegerField(default=0)),
                ('status_none', models.BigIntegerField(default=0)),
                ('latency_00', models.BigIntegerField(default=0)),
                ('latency_01', models.BigIntegerField(default=0)),
                ('latency_02', models.BigIntegerField(default=0)),
                ('latency_03', models.BigIntegerField(default=0)),
                ('latency_04', models.BigIntegerField(default=0)),
                ('latency_05', models.BigIntegerField(default=0)),
                ('latency_06', models.BigIntegerField(default=0)),
                ('latency_07', models.BigIntegerField(default=0)),
                ('latency_08', models.BigIntegerField(default=0)),
                ('latency_09', models.BigIntegerField(default=0)),
                ('latency_10', models.BigIntegerField(default=0)),
                ('latency_11', models.BigIntegerField(default=0)),
                ('latency_12', models.BigIntegerField(default=0)),
                ('latency_13', models.BigIntegerField(default=0)),
                ('latency_14', models.BigIntegerField(default=0)),
                ('latency_15', models.BigIntegerField(default=0)),
                ('latency_16', models.BigIntegerField(default=0)),
                ('latency_17', models.BigIntegerField(default=0)),
                ('latency_18', models.BigIntegerField(default=0)),
                ('latency_19', models.BigIntegerField(default=0)),
                ('latency_20', models.BigIntegerField(default=0)),
                ('latency_21', models.BigIntegerField(default=0)),
                ('latency_22', models.BigIntegerField(default=0)),
                ('latency_23', models.BigIntegerField(default=0)),
                ('latency_24', models.BigIntegerField(default=0)),
                ('latency_25', models.BigIntegerField(default=0)),
                ('latency_26', models.BigIntegerField(default=0)),
                ('latency_27', models.BigIntegerField(default=0)),
                ('latency_28', models.BigIntegerField(default=0)),
                ('latency_29', models.BigIntegerField(default=0)),
                ('latency_30', models.BigIntegerField(default=0)),
                ('latency_31', models.BigIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'rollup',
                'indexes': [models.Index(fields=['organisation', 'environment', 'gateway', 'start_us'], name='rollup_gateway_start'), models.Index(fields=['organisation', 'environment', 'start_us'], name='rollup_start')],
                'constraints': [models.UniqueConstraint(fields=('organisation', 'environment', 'rollup_key'), name='rollup_once')],
            },
        ),
    ]
