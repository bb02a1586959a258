"""What every driver on Elasticsearch needs: clients, index names, templates, bulk writes, retention.

No driver itself: those are `vamp.drivers.metrics.elasticsearch` and `vamp.drivers.lines.elasticsearch`.
"""
