"""An embedding without a model: texts that share stems are near. For tests of what is around the real ones."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from tools.knowledge.words import stems


class Stems:
    """Each stem lights one of `size` numbers."""

    def __init__(self, name: str = "stems", size: int = 64) -> None:
        self.name = name
        self.size = size
        self.embedded = 0

    def passages(self, texts: Sequence[str]) -> list[list[float]]:
        self.embedded += len(texts)
        return [self.query(text) for text in texts]

    def query(self, text: str) -> list[float]:
        vector = [0.01] * self.size
        for stem in stems(text):
            vector[int.from_bytes(hashlib.blake2b(stem.encode(), digest_size=2).digest()) % self.size] += 1.0
        return vector


class Held:
    """A vector index in memory, by brute force."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, list[list[float]]]] = {}
        self.closed = False

    def held(self) -> Mapping[str, str]:
        return {id_: digest for id_, (digest, _) in self.kept.items()}

    def put(self, document_id: str, digest: str, vectors: Sequence[Sequence[float]]) -> None:
        self.kept[document_id] = (digest, [list(vector) for vector in vectors])

    def drop(self, document_id: str) -> None:
        self.kept.pop(document_id, None)

    def nearest(
        self, vector: Sequence[float], limit: int, documents: Sequence[str] | None
    ) -> list[tuple[str, str, int]]:
        def cosine(other: Sequence[float]) -> float:
            dot = sum(a * b for a, b in zip(vector, other, strict=True))
            return -dot / sum(b * b for b in other) ** 0.5

        rows = [
            (cosine(each), id_, digest, place)
            for id_, (digest, vectors) in self.kept.items()
            if documents is None or id_ in documents
            for place, each in enumerate(vectors)
        ]
        return [(id_, digest, place) for _, id_, digest, place in sorted(rows)[:limit]]

    def close(self) -> None:
        self.closed = True
