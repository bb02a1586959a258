"""Answers that are not JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer, JSONRenderer


class YamlRenderer(BaseRenderer):
    """``application/yaml``: text that the view has written already; problems stay JSON."""

    media_type = "application/yaml"
    format = "yaml"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the bytes of the answer."""
        if isinstance(data, str):
            return data.encode()
        return bytes(JSONRenderer().render(data, "application/json", dict(renderer_context or {})))
