"""Where threads remember: checkpoints of which only the latest of a thread is kept, in SQLite or PostgreSQL.

A checkpointer that keeps every step of every turn grows with the square of the turns, for each step holds all that
went before. Here a thread's checkpoint replaces the one before it, so that the file grows with what is remembered.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import (
        BaseCheckpointSaver,
        ChannelVersions,
        Checkpoint,
        CheckpointMetadata,
    )


class LatestInSqlite(AsyncSqliteSaver):
    """Keeps the latest checkpoint of a thread. A write and the removal of what it replaces may be cut apart by a
    crash; the next write removes what was left."""

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Write a checkpoint in the place of the one before."""
        put = await super().aput(config, checkpoint, metadata, new_versions)
        thread = (str(config["configurable"]["thread_id"]), checkpoint["id"])
        async with self.lock:
            for table in ("checkpoints", "writes"):
                await self.conn.execute(
                    f"delete from {table} where thread_id = ? and checkpoint_id < ?",  # noqa: S608 (two names of ours)
                    thread,
                )
            await self.conn.commit()
        return put


@asynccontextmanager
async def in_sqlite(file: Path) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    """Threads in a file of their own."""
    file.parent.mkdir(parents=True, exist_ok=True)
    import aiosqlite

    async with aiosqlite.connect(str(file)) as connection:
        saver = LatestInSqlite(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=[]))
        await saver.setup()
        yield saver


@asynccontextmanager
async def in_postgres(pool: AbstractAsyncContextManager[Any]) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    """Threads in the database of the events, in tables of their own, over connections that the wiring made."""
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

    class LatestInPostgres(AsyncPostgresSaver):
        """Keeps the latest checkpoint of a thread, and the values that it uses."""

        async def aput(
            self,
            config: RunnableConfig,
            checkpoint: Checkpoint,
            metadata: CheckpointMetadata,
            new_versions: ChannelVersions,
        ) -> RunnableConfig:
            """Write a checkpoint in the place of the one before."""
            put = await super().aput(config, checkpoint, metadata, new_versions)
            thread = str(config["configurable"]["thread_id"])
            async with self._cursor(pipeline=True) as cursor:
                for table in ("checkpoints", "checkpoint_writes"):
                    await cursor.execute(
                        f"delete from {table} where thread_id = %s and checkpoint_id < %s",  # noqa: S608
                        (thread, checkpoint["id"]),
                    )
                for channel, version in checkpoint["channel_versions"].items():
                    await cursor.execute(
                        "delete from checkpoint_blobs where thread_id = %s and channel = %s and version <> %s",
                        (thread, channel, str(version)),
                    )
            return put

    async with pool as connections:
        saver = LatestInPostgres(connections, serde=JsonPlusSerializer(allowed_msgpack_modules=[]))
        await saver.setup()
        yield saver
