"""Adapters of the event store port."""
