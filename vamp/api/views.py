"""The base of every view of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from django.db.models import Model, QuerySet
from pydantic import BaseModel
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from vamp import contention, log_context
from vamp.api.pagination import NumberedPages
from vamp.api.parsers import MOST_BYTES, JsonParser, YamlParser
from vamp.api.query import NoQuery, Query
from vamp.api.schema import Described
from vamp.documents.source import Source
from vamp.documents.validation import validated
from vamp.errors import Fault, Invalid

M = TypeVar("M", bound=BaseModel)
Row = TypeVar("Row", bound=Model)


class View(APIView):
    """Bodies are JSON or YAML documents, answers JSON, errors problem documents.

    Attributes:
        max_body_bytes: larger bodies are answered with 413.
        queries: method → form of the query parameters that it takes; none where it is not named.
        wanted: the query parameters of this request, checked and converted.
    """

    parser_classes = [JsonParser, YamlParser]
    schema = Described()
    max_body_bytes: ClassVar[int] = MOST_BYTES
    queries: ClassVar[Mapping[str, type[Query]]] = {}
    wanted: Mapping[str, Any]
    _is_repeated = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who asks, then whose things the address names, then the query parameters.

        Raises:
            ValidationError: a parameter is wrong, or is not known here.
        """
        super().initial(request, *args, **kwargs)
        if request.user.is_authenticated and hasattr(request.user, "get_username"):
            log_context.add(actor=request.user.get_username())  # agents have no name of their own
        self.check_scope()
        form = self.queries.get(str(request.method), NoQuery)
        given = form(data=request.query_params, context={"view": self})
        given.is_valid(raise_exception=True)
        self.wanted = given.validated_data

    def check_scope(self) -> None:
        """Refuse an address that names what is not the caller's, before anything else is read.

        Raises:
            NotFound: see above.
        """

    def handle_exception(self, exc: Exception) -> Response:
        """Answer an error; a request that the database took back for a rival's sake runs once more.

        Nothing of it was kept. What it sent was read already, and is not read again.
        """
        if contention.is_taken_back(exc) and not self._is_repeated:
            self._is_repeated = True
            try:
                handler = getattr(self, str(self.request.method).lower())
                answer: Response = handler(self.request, *self.args, **self.kwargs)
            except Exception as again:
                exc = again
            else:
                return answer
        return super().handle_exception(exc)

    def documents(self) -> tuple[Source, ...]:
        """Return the documents of the body; none where there is no body.

        Raises:
            Invalid: the body cannot be read.
        """
        data: Any = self.request.data
        return data if isinstance(data, tuple) else ()

    def document(self) -> Source:
        """Return the one document of the body; an empty one where there is no body.

        Raises:
            Invalid: the body cannot be read, or holds several documents.
        """
        sources = self.documents() or (Source.of({}),)
        if len(sources) > 1:
            raise Invalid(faults=[Fault("", f"one document expected, found {len(sources)}")])
        return sources[0]

    def body(self, model: type[M]) -> M:
        """Return the body in the form of `model`.

        Raises:
            Invalid: with every fault of it.
        """
        return validated(model, self.document())

    def page(
        self, rows: QuerySet[Row] | Sequence[Any], shape: type[BaseSerializer[Any]], **context: Any
    ) -> Response:
        """Answer with the page of `rows` that the caller asks for. One count, one read."""

        def shaped(found: Sequence[Row]) -> Any:
            many: Any = shape(found, many=True, context={"request": self.request, **context})
            return many.data

        return self.shaped_page(rows, shaped)

    def shaped_page(
        self, rows: QuerySet[Row] | Sequence[Any], shaped: Callable[[Sequence[Any]], Any]
    ) -> Response:
        """Answer with a page of `rows`, all of it turned into its shape by one call."""
        paginator = NumberedPages()
        asked: Any = rows  # whatever counts and slices
        found: Any = paginator.paginate_queryset(asked, self.request, view=self)
        return paginator.get_paginated_response(shaped(found or ()))
