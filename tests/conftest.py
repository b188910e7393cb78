"""What all tests share."""

from __future__ import annotations

import pytest
from hypothesis import settings

# How long an example takes says something about the machine, not about the product.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--soak SECONDS`: the fault tests that can last that long do."""
    parser.addoption("--soak", type=float, default=None, help="seconds that the storm of tests/faults lasts")
