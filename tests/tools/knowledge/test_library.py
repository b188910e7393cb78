"""The library: search by reference, words and meaning; editions, removal, sight; the vectors as a cache."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from vectors import Held, Stems

from masterdeal.errors import BadRequest, Malformed, NotFound
from masterdeal.store.sqlite import SqliteStore
from tools.knowledge.chroma import open_embedded, open_server
from tools.knowledge.keeping import Papers, to_add, to_remove
from tools.knowledge.library import Library
from tools.knowledge.passage import Kind
from tools.knowledge.source import read_source
from tools.knowledge.vectors import EmbeddingFailed, IndexBusy, IndexFailed, VectorIndex
from tools.knowledge.view import KnowledgeView, search_knowledge

KITES = """Федеральный закон от 1 апреля 2020 г. N 999-ФЗ "О воздушных змеях"

Статья 1. Кого касается закон

Закон касается всех, кто запускает змеев.

Статья 2. Хвост

1. Хвост змея плетут из лент.

2. Длину хвоста измеряют линейкой: 1) до полудня; 2) после полудня.

Статья 3. Ответственность

Отвечает тот, кто держит нить.
"""


class Desk:
    """A store and a library over it."""

    def __init__(self, path: Path, index: Callable[[str], VectorIndex] | None = None) -> None:
        self.store = SqliteStore(path / "store.db", synchronous="off")
        self.embedding = Stems()
        self.vectors = Held()
        self.library = Library(self.store, self.embedding, index or (lambda _: self.vectors))

    def add(self, name: str, text: str, kind: Kind | None = None, deal: str | None = None) -> Papers:
        with self.store.writing() as tx:
            change = to_add(tx, read_source(name, text, kind=kind, master_deal_id=deal), text)
            for paper, texts in change.papers.items():
                tx.file(paper, texts, 0)
        return change

    def remove(self, document_id: str) -> None:
        with self.store.writing() as tx:
            for paper, texts in to_remove(tx, document_id).papers.items():
                tx.file(paper, texts, 0)

    def cited(self, query: str, *kinds: Kind, limit: int = 5) -> list[str]:
        return [hit.cited for hit in self.library.search(query, kinds=kinds, limit=limit).hits]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.library.close()
    desk.store.close()


def test_words_find_at_once_and_meaning_when_embedded(desk: Desk) -> None:
    desk.add("kites.txt", KITES)
    before = desk.library.search("кто отвечает за нить", kinds=["law"])
    assert before.hits[0].cited == "ст. 3 999-ФЗ «О воздушных змеях»"
    assert before.hits[0].found_by == ("words",)
    assert before.pending > 0
    desk.library.catch_up()
    after = desk.library.search("кто отвечает за нить", kinds=["law"])
    assert after.hits[0].found_by == ("words", "meaning")
    assert after.pending == 0 == desk.library.pending()
    assert KITES[after.hits[0].start : after.hits[0].end] == after.hits[0].text


def test_a_named_place_comes_first_whatever_else_matches(desk: Desk) -> None:
    desk.add("kites.txt", KITES)
    assert (
        desk.cited("ч. 2 ст. 2 999-ФЗ нить держит ответственность")[0]
        == "ч. 2 ст. 2 999-ФЗ «О воздушных змеях»"
    )
    assert desk.cited("п. 2 ч. 2 ст. 2 999-ФЗ")[0] == "п. 2 ч. 2 ст. 2 999-ФЗ «О воздушных змеях»"
    (hit, *_) = desk.library.search("ст. 2 999-ФЗ").hits
    assert {beside.citation.part for beside in hit.also} == {"1", "2"} - {hit.citation.part} | {"2"}
    assert "AD5-3-1" in desk.cited("п. 1 ч. 3 ст. 5 38-ФЗ")[0]


def test_the_same_file_changes_nothing_and_another_edition_takes_its_place(desk: Desk) -> None:
    assert desk.add("kites.txt", KITES).state == "added"
    desk.library.catch_up()
    assert desk.add("kites.txt", KITES).state == "unchanged"
    assert desk.library.catch_up() == 0
    edition = KITES.replace("держит нить", "купил змея в лавке")
    assert desk.add("another name.txt", edition).state == "replaced"
    assert desk.cited("купил в лавке", "law")[0].startswith("ст. 3")
    assert desk.cited("кто держит нить", "law") == []
    assert desk.library.catch_up() > 0
    laws = [source for source in desk.library.sources() if source.kind == "law"]
    assert [source.name for source in laws] == ["another name.txt"]
    assert set(desk.vectors.kept) == {source.document_id for source in desk.library.sources()}


def test_what_is_removed_is_found_no_more_and_its_text_is_gone(desk: Desk) -> None:
    added = desk.add("kites.txt", KITES)
    desk.library.catch_up()
    desk.remove(added.source.document_id)
    assert desk.cited("кто держит нить змея", "law") == []
    desk.library.catch_up()
    assert added.source.document_id not in desk.vectors.kept
    with desk.store.reading() as read:
        assert "нить" not in str(read.archived("knowledge-text", added.source.document_id))
    with pytest.raises(NotFound):
        desk.remove(added.source.document_id)
    packaged = next(source for source in desk.library.sources() if source.packaged)
    with pytest.raises(BadRequest):
        desk.remove(packaged.document_id)
    assert desk.add("kites.txt", KITES).state == "added"


def test_a_deals_document_is_found_by_those_who_see_the_deal(desk: Desk) -> None:
    desk.add("terms.txt", "1.1. Тайная скидка сорок процентов на радио.", deal="D-1")
    desk.add("terms.txt", "1.1. Тайная скидка сорок процентов на радио.", deal="D-2")
    desk.library.catch_up()

    def seen_by(*deals: str) -> set[str | None]:
        view = KnowledgeView(desk.library, lambda deal: deal in deals)
        return {hit.master_deal_id for hit in view.search("тайная скидка сорок процентов", ["document"]).hits}

    assert seen_by() == set()
    assert seen_by("D-1") == {"D-1"}
    assert seen_by("D-1", "D-2") == {"D-1", "D-2"}
    (hit,) = KnowledgeView(desk.library, lambda deal: deal == "D-2").search("скидка", ["document"]).hits
    assert (hit.citation.clause, hit.cited) == ("1.1", "пункт 1.1 terms.txt")


def test_another_model_finds_an_empty_index_and_vectors_never_meet(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.add("kites.txt", KITES)

    def library(embedding: Stems) -> Library:
        return Library(desk.store, embedding, lambda name: open_embedded(tmp_path / "chroma", name))

    small, large = Stems("small", 16), Stems("large", 48)
    first = library(small)
    everything = first.catch_up()
    assert small.embedded == everything > 100
    assert first.search("хвост змея плетут", kinds=["law"]).hits[0].found_by == ("words", "meaning")
    first.close()
    other = library(large)
    assert other.pending() == everything
    assert other.search("хвост змея плетут", kinds=["law"]).hits[0].found_by == ("words",)
    other.catch_up()
    assert other.search("хвост змея плетут", kinds=["law"]).hits[0].citation.article == "2"
    other.close()
    again = library(Stems("small", 16))
    assert again.pending() == 0, "what was indexed before the restart is there"
    again.close()
    desk.store.close()


def _try_to_open(folder: Path, told: multiprocessing.SimpleQueue[str]) -> None:
    try:
        open_embedded(folder, "stems").close()
        told.put("opened")
    except IndexBusy:
        told.put("busy")


def test_two_processes_do_not_share_the_embedded_index(tmp_path: Path) -> None:
    index = open_embedded(tmp_path, "stems")
    with pytest.raises(IndexBusy):
        open_embedded(tmp_path, "stems")
    spawn = multiprocessing.get_context("spawn")
    told = spawn.SimpleQueue()
    other = spawn.Process(target=_try_to_open, args=(tmp_path, told))
    other.start()
    assert told.get() == "busy"
    other.join()
    index.close()
    open_embedded(tmp_path, "stems").close()


@pytest.mark.parametrize("problem", [IndexBusy("busy"), IndexFailed("failed")])
def test_without_an_index_words_and_references_answer_and_the_reason_is_told(
    tmp_path: Path, problem: IndexBusy | IndexFailed
) -> None:
    def refuses(_: str) -> VectorIndex:
        raise problem

    desk = Desk(tmp_path, refuses)
    desk.add("kites.txt", KITES)
    found = desk.library.search("кто держит нить", kinds=["law"])
    assert found.hits[0].citation.article == "3"
    assert (found.ways, found.note) == (("words",), problem.message)
    desk.store.close()


def test_an_embedding_that_fails_leaves_the_words(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.add("kites.txt", KITES)
    desk.library.catch_up()

    def fails(text: str) -> list[float]:
        raise EmbeddingFailed("the endpoint is down", text=text)

    monkeypatch.setattr(desk.embedding, "query", fails)
    found = desk.library.search("кто держит нить", kinds=["law"])
    assert (found.hits[0].citation.article, found.note) == ("3", "the endpoint is down")


def test_what_cannot_be_read_or_asked_is_refused(desk: Desk) -> None:
    for text in ("", "\x00\x01", "12 34", "РџСЂРёРІРµС‚ РјРёСЂ"):
        with pytest.raises(Malformed):
            read_source("bad.txt", text)
    with pytest.raises(Malformed):
        read_source("law.txt", "Статей тут нет, просто слова.", kind="law", act="1-ФЗ")
    for query in ("", "   ", "слово " * 2000):
        with pytest.raises(Malformed):
            search_knowledge(KnowledgeView(desk.library), query)
    assert desk.cited("ыыыыы юююю") == []
    assert search_knowledge(KnowledgeView(desk.library), "отмена заказа и штраф", limit=3)["hits"]
    with pytest.raises(IndexFailed):
        open_server("http://127.0.0.1:9", "stems")
