"""The `masterdeal` command."""

from __future__ import annotations

import click


@click.group()
def main() -> None:
    """MasterDeal: deals from events, and a copilot that answers about them."""
