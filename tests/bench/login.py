"""``login``: a sign-in at the door beside Argon2 alone, which ought to be nearly all of it."""

from __future__ import annotations

import secrets

from django.contrib.auth import hashers
from django.core.management import call_command
from django.test import Client

from tenants.services.people import create_user
from tenants.services.tenancy import create_organisation
from tests.bench.measurement import Measurement, Target, percentile, rounded
from tests.bench.running import Tell, timed_ms

ROUNDS = 40
MOST_RATIO = 1.3


def measure(tell: Tell) -> Measurement:
    """Sign in again and again: form, salt, lock-out, hash, session, answer."""
    tell("making a user")
    call_command("migrate", verbosity=0)
    name = f"bench-{secrets.token_hex(3)}"
    password = secrets.token_urlsafe(16)
    organisation = create_organisation(name, actor="bench")
    user = create_user(f"{name}/ana", password, actor="bench", organisation=organisation)
    form = {"username": user.login, "password": password}
    samples, floors = [], []
    is_right = True
    for number in range(ROUNDS + 1):
        tell(f"sign-in {number} of {ROUNDS}")
        client = Client(SERVER_NAME="localhost")
        answers = []
        sample = timed_ms(lambda: answers.append(client.post("/admin/login/", form)))  # noqa: B023
        floor = timed_ms(lambda: hashers.check_password("wrong", user.password))
        if number:  # the first one also imports and compiles templates
            samples.append(sample)
            floors.append(floor)
        is_right = is_right and answers[0].status_code == 302
    beside = [sample - floor for sample, floor in zip(samples, floors, strict=True)]
    return Measurement(
        samples,
        "ms",
        floors,
        Target(MOST_RATIO, "ratio"),
        is_right=is_right,
        more={"beside_argon2_ms": rounded(percentile(beside, 0.5))},
    )
