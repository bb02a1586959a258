"""Bringing the scheduler's view into rows, and from there onto gateways."""

from gateways.services.discovery.reconcile import Reconciled, reconcile

__all__ = ["Reconciled", "reconcile"]
