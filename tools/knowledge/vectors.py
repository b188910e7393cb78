"""What the search by meaning needs: something that turns texts into vectors, and something that keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from masterdeal.errors import DealError


class IndexBusy(DealError):
    """Another process has the embedded vector index open; configure a Chroma server to share it."""

    kind: ClassVar[str] = "index-busy"


class IndexFailed(DealError):
    """The vector index cannot be used."""

    kind: ClassVar[str] = "index-failed"


class EmbeddingFailed(DealError):
    """The embedding model gave no vectors."""

    kind: ClassVar[str] = "embedding-failed"


class Embedding(Protocol):
    """A model that turns texts into vectors of one space. Vectors of two names are never compared."""

    @property
    def name(self) -> str:
        """Name and version of the model."""

    def passages(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors of texts that are to be found. Raises EmbeddingFailed."""

    def query(self, text: str) -> list[float]:
        """The vector of a question. Raises EmbeddingFailed."""


class VectorIndex(Protocol):
    """Vectors of one embedding, kept by document and edition. A cache: all of it can be computed again."""

    def held(self) -> Mapping[str, str]:
        """Documents whose vectors are complete, each with its digest."""

    def put(self, document_id: str, digest: str, vectors: Sequence[Sequence[float]]) -> None:
        """Keep the vectors of a document's passages in their order, instead of those of another edition."""

    def drop(self, document_id: str) -> None:
        """Forget a document."""

    def nearest(
        self, vector: Sequence[float], limit: int, documents: Sequence[str] | None
    ) -> list[tuple[str, str, int]]:
        """The nearest passages as (document, digest, place), nearest first; of these documents only, if named."""

    def close(self) -> None:
        """Let go of everything."""
