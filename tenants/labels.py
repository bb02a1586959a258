"""Labels of objects, for bindings that choose by them. Their apps read them; settings say how."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from tenants.domain.authority import Labels, Target
from tenants.models import Environment

Reader = Callable[[Environment, str], Labels]


def labels_of(kind: str) -> Reader:
    """Return what reads the labels of an object of `kind`: environment and name to labels.

    Of a release, those of its gateway. One query each time it is called; empty for what is not
    there or has none.
    """
    return _reader(str(settings.OBJECT_LABELS.get("gateway" if kind == "release" else kind, "")))


def target_in(environment: Environment, kind: str, name: str = "") -> Target:
    """Return an object of `environment` by its kind and name; its labels are read if need be, once."""
    if not name:
        return Target(environment.name)
    read = labels_of(kind)
    # Once, however many grants choose by labels and however many rights are asked for.
    return Target(environment.name, name, cache(lambda: read(environment, name)))


@cache
def _reader(path: str) -> Reader:
    if not path:
        return lambda environment, name: {}
    found: Reader = import_string(path)
    return found
