"""The library of an installation, built when first asked, and the thread that brings its vectors up to date."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from masterdeal.errors import DealError

if TYPE_CHECKING:
    from tools.knowledge.library import Library

log = logging.getLogger(__name__)


class KnowledgeBase:
    """One library for all callers of a process; it is slow to import and to open, so it waits until it is wanted."""

    def __init__(self, build: Callable[[], Library]) -> None:
        self._build = build
        self._changing = threading.Lock()
        self._library: Library | None = None
        self._thread: threading.Thread | None = None

    @property
    def library(self) -> Library:
        """Everything the knowledge base holds."""
        with self._changing:
            if self._library is None:
                self._library = self._build()
            return self._library

    def wake(self) -> None:
        """Embed in the background what is not embedded yet; nothing happens where that is being done."""
        library = self.library
        with self._changing:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._catch_up, args=(library,), name="knowledge")
                self._thread.start()

    @staticmethod
    def _catch_up(library: Library) -> None:
        try:
            library.catch_up()
        except DealError as problem:
            # Words and references still find everything; each search says that meaning was left out, and why.
            log.warning("the knowledge base is not searched by meaning: %s", problem.message)

    def close(self) -> None:
        """Stop embedding and let go of the index."""
        with self._changing:
            library, thread = self._library, self._thread
        if library is not None:
            library.close()
        if thread is not None:
            thread.join()
