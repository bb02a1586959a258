"""Where an environment's stores lie, and moving them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import PLATFORM, EnvironmentView
from tenants.domain.namespace import MOST_SECRET_CHARACTERS
from tenants.models import StorageMove, StoreKind
from tenants.services import moves
from tenants.storage import shown, stores_of
from vamp.api.pagination import NumberedPages
from vamp.api.query import Query
from vamp.databases import DEFAULT
from vamp.documents.validation import Strict
from vamp.errors import NotFound


class MoveSerializer(serializers.Serializer[StorageMove]):
    """A move of one store."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=StoreKind.choices)
    from_store = serializers.SerializerMethodField(help_text="Empty: what it has by inheritance.")
    to_store = serializers.SerializerMethodField(help_text="Empty: likewise.")
    state = serializers.CharField(help_text="running, following, done, failed or cancelled.")
    step = serializers.CharField()
    done = serializers.IntegerField(help_text="Rows, keys or rollups.")
    total = serializers.IntegerField()
    is_switched = serializers.BooleanField(help_text="The new store is in use.")
    error = serializers.CharField(help_text="What it waits for, or why it failed; empty if well.")
    held_ms = serializers.IntegerField(help_text="For how long writes were held.")
    actor = serializers.CharField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_from_store(self, move: StorageMove) -> str:
        """Return where from, as people may see it."""
        return _shown(move.kind, move.source)

    def get_to_store(self, move: StorageMove) -> str:
        """Return where to, as people may see it."""
        return _shown(move.kind, move.target)


class StoreSerializer(serializers.Serializer[Any]):
    """One store of an environment."""

    kind = serializers.ChoiceField(choices=StoreKind.choices)
    name = serializers.CharField(help_text="Alias of the database; else as `url`, if its own.")
    url = serializers.CharField(help_text="Without secrets and options.")
    whose = serializers.CharField(help_text="environment, organisation or installation.")
    old_url = serializers.CharField(help_text="Kept in step, or still heard, beside it.")
    former = serializers.ListField(child=serializers.CharField())
    move = MoveSerializer(allow_null=True)


class NewMove(Strict):
    """A move to begin.

    Attributes:
        kind: which store.
        to: name of a database, or URL of a store without a secret; empty: what the environment has
            by its organisation or the installation.
        secret: opens the store; written, and never shown.
    """

    kind: StoreKind
    to: Annotated[str, Field(max_length=255)] = ""
    secret: Annotated[str, Field(max_length=MOST_SECRET_CHARACTERS, repr=False)] = ""


class MoveQuery(Query):
    """Whether to begin."""

    dry_run = serializers.BooleanField(
        default=False, help_text="Say what would be and what is wrong with it; begin nothing."
    )


class Storage(EnvironmentView):
    """The stores of an environment."""

    rights: ClassVar[Mapping[str, str]] = {"GET": "storage.view"}

    @extend_schema(operation_id="storage_read", responses=StoreSerializer(many=True))
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """Say what lies where, and what is being moved."""
        found = [
            {name: getattr(each, name) for name in _FIELDS} | {"name": _shown(each.kind, each.name)}
            for each in stores_of(self.environment)
        ]
        return Response(StoreSerializer(found, many=True).data)


_FIELDS = ("kind", "url", "whose", "old_url", "former", "move")


class Moves(EnvironmentView):
    """The moves of an environment's stores."""

    rights: ClassVar[Mapping[str, str]] = {"GET": "storage.view", "POST": PLATFORM}
    pagination_class = NumberedPages
    queries = {"POST": MoveQuery}

    @extend_schema(operation_id="moves_list", responses=MoveSerializer(many=True))
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """List them, newest first."""
        rows = StorageMove.objects.using(DEFAULT).filter(environment=self.environment)
        return self.page(rows, MoveSerializer)

    @extend_schema(
        operation_id="moves_begin",
        request=NewMove,
        parameters=[MoveQuery],
        responses={202: MoveSerializer, 200: None},
    )
    def post(self, request: Request, organisation: str, environment: str) -> Response:
        """Begin to move a store. For platform administrators."""
        wanted = self.body(NewMove)
        if self.wanted["dry_run"]:
            found = moves.preview(self.environment, wanted.kind, wanted.to)
            if found.faults:
                raise found.refusal()
            return Response(
                {"kind": wanted.kind, "from": _shown(wanted.kind, found.source),
                 "to": _shown(wanted.kind, found.target)}
            )  # fmt: skip
        move = moves.begin(
            self.environment, wanted.kind, wanted.to, secret=wanted.secret, actor=self.actor
        )
        return Response(MoveSerializer(move).data, status=202)


class MoveDetail(EnvironmentView):
    """One move."""

    rights: ClassVar[Mapping[str, str]] = {"GET": "storage.view"}

    @extend_schema(operation_id="moves_read", responses=MoveSerializer)
    def get(self, request: Request, organisation: str, environment: str, move: int) -> Response:
        """Show how far it is."""
        return Response(MoveSerializer(moves.move_of(self.environment, move)).data)


class MoveAction(EnvironmentView):
    """Ending a move, one way or the other."""

    rights: ClassVar[Mapping[str, str]] = {"POST": PLATFORM}

    @extend_schema(operation_id="moves_act", request=None, responses=MoveSerializer)
    def post(
        self, request: Request, organisation: str, environment: str, move: int, action: str
    ) -> Response:
        """``cancel`` a move that is not switched, or ``finish`` one whose old store nobody uses."""
        act = {"cancel": moves.cancel, "finish": moves.finish}.get(action)
        if act is None:
            raise NotFound(f"There is no action {action[:31]!r}; there are cancel and finish.")
        found = act(moves.move_of(self.environment, move), actor=self.actor)
        return Response(MoveSerializer(found).data)


def _shown(kind: str, name: str) -> str:
    return name if kind == StoreKind.DATABASE else shown(name)
