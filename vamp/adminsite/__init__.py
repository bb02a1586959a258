"""The admin's foundation, and the only package through which django-unfold is imported.

Every admin of Vamp inherits from a class here that begins with the rows which the person may see,
so that object look-up, choices of foreign keys, autocomplete, search, filters and bulk actions all
start from the same narrowed queryset. Changes go through services; the admin holds no rules.
"""
