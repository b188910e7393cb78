"""Adapters to message brokers."""
