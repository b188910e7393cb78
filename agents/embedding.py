"""Embeddings of a configured endpoint, for the search by meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools.knowledge.vectors import EmbeddingFailed
from tools.masking.mask import mask
from tools.masking.vault import Vault

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings


class EndpointEmbedding:
    """Vectors from a model behind an address. `name` tells its vectors from those of any other model. It sees the texts
    without personal data."""

    def __init__(self, model: Embeddings, name: str, masked: bool = True) -> None:
        self._model = model
        self._masked = masked
        self.name = name

    def passages(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text."""
        return self._embedded(list(texts))

    def query(self, text: str) -> list[float]:
        """The vector of a question."""
        return self._embedded([text])[0]

    def _embedded(self, texts: list[str]) -> list[list[float]]:
        from openai import OpenAIError

        try:
            hidden = [mask(text, Vault()) for text in texts] if self._masked else texts
            vectors = self._model.embed_documents(hidden)
        except (OpenAIError, ValueError, LookupError, TypeError, AttributeError) as error:
            # The client's parsing of whatever the endpoint sent may stumble in any of these ways.
            raise EmbeddingFailed(
                f"the embedding endpoint failed: {type(error).__name__}", model=self.name
            ) from error
        if len(vectors) != len(texts) or len({len(vector) for vector in vectors}) != 1 or not vectors[0]:
            raise EmbeddingFailed(
                "the embedding endpoint gave other vectors than were asked for", model=self.name
            )
        return vectors
