"""Vectors in Chroma: embedded in the data folder, one process at a time, or on a server.

A collection belongs to one embedding, so another model finds an empty one and vectors of two models never meet.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlsplit

from masterdeal.errors import Misconfigured
from tools.knowledge.vectors import IndexBusy, IndexFailed

_AT_ONCE: Final = 500


class ChromaIndex:
    """The passages' vectors in one collection, and in another which documents are complete."""

    def __init__(self, client: Any, embedding: str, release: Callable[[], None]) -> None:
        name = _collection_name(embedding)
        made = {"configuration": {"hnsw": {"space": "cosine"}}, "embedding_function": None}
        self._client = client
        self._release = release
        self._passages = client.get_or_create_collection(name, metadata={"embedding": embedding}, **made)
        self._documents = client.get_or_create_collection(f"{name}-documents", **made)

    def held(self) -> Mapping[str, str]:
        """Documents whose vectors are complete, each with its digest."""
        rows = self._documents.get(include=["metadatas"])
        return {
            id_: str(row["digest"]) for id_, row in zip(rows["ids"], rows["metadatas"] or (), strict=True)
        }

    def put(self, document_id: str, digest: str, vectors: Sequence[Sequence[float]]) -> None:
        """Keep a document's vectors; it counts as held only when all of them are in."""
        self.drop(document_id)
        for start in range(0, len(vectors), _AT_ONCE):
            places = range(start, min(start + _AT_ONCE, len(vectors)))
            self._passages.upsert(
                ids=[f"{document_id}@{digest}#{place}" for place in places],
                embeddings=[list(vectors[place]) for place in places],
                metadatas=[
                    {"document_id": document_id, "digest": digest, "place": place} for place in places
                ],
            )
        self._documents.upsert(ids=[document_id], embeddings=[[1.0]], metadatas=[{"digest": digest}])

    def drop(self, document_id: str) -> None:
        """Forget a document."""
        self._documents.delete(ids=[document_id])
        self._passages.delete(where={"document_id": document_id})

    def nearest(
        self, vector: Sequence[float], limit: int, documents: Sequence[str] | None
    ) -> list[tuple[str, str, int]]:
        """The nearest passages as (document, digest, place)."""
        if documents is not None and not documents:
            return []
        found = self._passages.query(
            query_embeddings=[list(vector)],
            n_results=limit,
            where=None if documents is None else {"document_id": {"$in": list(documents)}},
            include=["metadatas"],
        )
        rows = (found["metadatas"] or [[]])[0]
        return [(str(row["document_id"]), str(row["digest"]), int(row["place"])) for row in rows]

    def close(self) -> None:
        """Let the next process in."""
        self._client.close()
        self._release()


def _collection_name(embedding: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9]+", "-", embedding).strip("-")[:40] or "model"
    return f"knowledge-{plain}-{hashlib.blake2b(embedding.encode(), digest_size=4).hexdigest()}"


def open_embedded(folder: Path, embedding: str) -> ChromaIndex:
    """The index in a folder. IndexBusy while another process has it: Chroma's files bear one process at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    held = (folder / "in-use.lock").open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise IndexBusy(f"{folder}: another process has the vector index open", folder=str(folder)) from None
    return _opened(
        lambda chromadb, settings: chromadb.PersistentClient(str(folder), settings), embedding, held
    )


def open_server(url: str, embedding: str) -> ChromaIndex:
    """The index on a Chroma server. Misconfigured for what is no http(s) address, IndexFailed if it does not answer."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Misconfigured(f"CHROMA_URL: {url!r} is not an http(s) address")
    port = parts.port or (443 if parts.scheme == "https" else 8000)
    return _opened(
        lambda chromadb, settings: chromadb.HttpClient(
            host=parts.hostname, port=port, ssl=parts.scheme == "https", settings=settings
        ),
        embedding,
        None,
    )


def _opened(client: Callable[[Any, Any], Any], embedding: str, held: IO[str] | None) -> ChromaIndex:
    import chromadb
    from chromadb.config import Settings
    from chromadb.errors import ChromaError

    def release() -> None:
        if held is not None:
            held.close()

    try:
        return ChromaIndex(client(chromadb, Settings(anonymized_telemetry=False)), embedding, release)
    except (ChromaError, ValueError, OSError) as error:
        release()
        raise IndexFailed(f"the vector index cannot be opened: {error}") from error
