"""From a file of gateway documents to HAProxy's files, without a database or a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from gateways.documents.gateway import GatewayDocument
from gateways.documents.read import parse_gateways
from gateways.documents.service import ServiceDocument
from gateways.domain.layout import Layout, rebalance
from gateways.haproxy.assemble import Assembled, assemble, map_text
from gateways.haproxy.build import Endpoints, config_from, endpoint_at
from gateways.haproxy.config import GatewayConfig
from gateways.haproxy.numbers import placed
from gateways.haproxy.render import render_parts
from gateways.haproxy.settings import AssembleSettings
from vamp.errors import Invalid

GENERATION: Final = 1
"""A file has no history: everything in it is the first generation."""


def configs_from(text: str) -> tuple[GatewayConfig, ...]:
    """Read gateways and services from YAML or JSON documents.

    Raises:
        Invalid: with every fault and its place.
    """
    file = parse_gateways(text)
    endpoints = _endpoints(file.services)
    return tuple(_config(document, endpoints) for document in file.gateways)


def assembled_from(text: str, settings: AssembleSettings) -> Assembled:
    """Return HAProxy's files for gateway documents.

    Raises:
        Invalid: with every fault and its place; also where a gateway's port is the shared port.
    """
    placement = placed(render_parts(configs_from(text)))
    try:
        return assemble(placement.parts.values(), placement.numbers, settings)
    except ValueError as error:
        raise Invalid(str(error)) from error


def rendered(text: str, settings: AssembleSettings, *, form: str) -> str:
    """Return the files for gateway documents as one text.

    Args:
        text: of the documents.
        settings: of the HAProxy that would run them.
        form: ``haproxy``: the configuration, then every map after a line ``# map NAME``, where
            NAME is the map's path beside the configuration; ``json``: an object with ``config``
            and, by the same names, ``maps``: lists of ``[key, value]``.

    Raises:
        Invalid: with every fault and its place.
    """
    files = assembled_from(text, settings)
    if form == "json":
        maps = {f"maps/{name}": lines for name, lines in files.maps.items()}
        return json.dumps({"config": files.config, "maps": maps}, indent=2) + "\n"
    sections = (f"\n# map maps/{name}\n{map_text(lines)}" for name, lines in files.maps.items())
    return files.config + "".join(sections)


def write_files(files: Assembled, folder: Path) -> None:
    """Write a folder that ``haproxy -f FOLDER/haproxy.cfg`` runs as it is, from anywhere.

    The folder is made where it is missing; other files in it are left alone.
    """
    maps = folder / "maps"
    maps.mkdir(parents=True, exist_ok=True)
    for name, lines in files.maps.items():
        (maps / name).write_text(map_text(lines))
    (folder / "haproxy.cfg").write_text(files.config)


def _config(document: GatewayDocument, endpoints: Endpoints) -> GatewayConfig:
    weights = {route.name: route.weight for route in document.routes}
    layout = rebalance(Layout(), weights)
    return config_from(document, generation=GENERATION, layout=layout, endpoints=endpoints)


def _endpoints(services: tuple[ServiceDocument, ...]) -> Endpoints:
    return {
        (service.name, version.version): tuple(map(endpoint_at, version.instances))
        for service in services
        for version in service.versions
    }
