"""Pages of lists."""

from __future__ import annotations

from rest_framework.pagination import PageNumberPagination


class NumberedPages(PageNumberPagination):
    """``?page=2&per_page=50``; the answer holds ``count``, ``next``, ``previous``, ``results``."""

    page_size = 50
    page_size_query_param = "per_page"
    max_page_size = 500
