"""The composition root: the only place that builds the product and knows the clock."""

from __future__ import annotations

import threading
import time
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr

from api.access import Access, Caller
from api.answer_figures import AnswerFigures
from api.bus import Bus
from api.identity import Identity
from api.kafka import KafkaLink
from api.knowledge_base import KnowledgeBase
from api.marts_owner import MartsOwner
from api.openid import OpenId, ProviderKeys
from api.quota import Quota
from api.retention import Retention
from api.settings import Settings
from api.tokens import StaticTokens
from api.tracker import TrackerLink
from api.trail import Trail
from api.webhooks import Webhooks, read_secrets
from api.worker import Worker
from api.writer import Writer
from masterdeal import instant
from masterdeal.errors import IdentityProviderFailed, MartsFailed, Misconfigured
from masterdeal.escalation import Ladder
from masterdeal.flow.hot import HotDeals
from masterdeal.flow.intake import Incoming, Outcome
from masterdeal.flow.quarantine import take
from masterdeal.hours import Calendar
from masterdeal.ports import EventStore
from masterdeal.reference import read_calendars, read_connectors, read_escalation, read_rulebook
from masterdeal.rulebook import Rulebook
from masterdeal.sight import EVERYTHING, Sight, seen
from masterdeal.store.sqlite import SCHEMA_VERSION, SqliteStore

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from agents.border import MaskedModel
    from agents.copilot import Copilot, Endpoint, Session
    from agents.prices import Cost, Prices
    from masterdeal.marts.warehouse import Warehouse
    from masterdeal.trackers.ticket import TrackerConfig
    from tools.deals import PortfolioView
    from tools.knowledge.library import Library
    from tools.knowledge.vectors import Embedding, VectorIndex
    from tools.knowledge.view import KnowledgeView


STORE_SCHEMA: Final = SCHEMA_VERSION
# How many callers' views of the product are kept built.
MOST_VIEWS: Final = 64
LARGEST_KEYS: Final = 1 << 20
# How long a task tracker may be silent; a few such waits must fit into masterdeal.delivery.LEASE.
TRACKER_SECONDS: Final = 10.0
# An answer of the marts' server, and the connection to it.
MARTS_SECONDS: Final = 60.0
MARTS_CONNECT: Final = 3.0


def wall_clock() -> int:
    """The present instant in microseconds."""
    return time.time_ns() // 1000


@dataclass(frozen=True)
class House:
    """The product, put together."""

    settings: Settings
    store: EventStore
    book: Rulebook
    calendars: dict[str, Calendar]
    clock: Callable[[], int]
    bus: Bus
    worker: Worker
    trail: Trail
    ladders: tuple[Ladder, ...] = ()
    kafka: KafkaLink | None = None
    identity: Identity = field(default_factory=lambda: Identity(Access(access_table())))
    quota: Quota = field(default_factory=lambda: Quota(None, None, None))
    sight: Sight = EVERYTHING
    knowledge_base: KnowledgeBase | None = None
    owner: MartsOwner | None = None
    tracker: TrackerLink | None = None
    webhooks: Webhooks = field(default_factory=Webhooks)
    answers: AnswerFigures = field(default_factory=AnswerFigures)
    _views: dict[Sight, House] = field(default_factory=dict, compare=False)

    def seen_by(self, caller: Caller) -> House:
        """The product with only the deals that this caller may see: every reader of its store, the copilot's tools
        among them, finds no others."""
        sight = self.identity.access.sight(caller)
        if sight.everything:
            return self
        view = self._views.get(sight)
        if view is None:
            view = replace(self, store=seen(self.store, sight), sight=sight, _views={})
            while len(self._views) >= MOST_VIEWS:
                self._views.pop(next(iter(self._views)), None)
            self._views[sight] = view
        return view

    @property
    def marts(self) -> MartsOwner:
        """The owner of this process's marts."""
        if self.owner is None:
            raise MartsFailed("this process has no marts")
        return self.owner

    @cached_property
    def prices(self) -> Prices:
        """What the model's tokens cost."""
        return model_prices(self.settings)

    def cost(self, account: Mapping[str, Any] | None) -> Cost | None:
        """What an answer's tokens cost, where a price is known."""
        return self.prices.of(account, instant.to_datetime(self.clock()).date())

    def written(self) -> None:
        """Tell those who wait for new events."""
        self.worker.wake()
        if self.owner is not None:
            self.owner.wake()

    def writer(self) -> Writer:
        """The thread that takes events in; the server owns it."""
        return Writer(self.store, self.book, self.clock, self.written)

    @cached_property
    def view(self) -> PortfolioView:
        """The deals as a reader sees them."""
        from tools.deals import PortfolioView

        return PortfolioView(self.store, self.book, self.clock)

    @cached_property
    def copilot(self) -> Copilot:
        """The copilot for single questions; built when first asked, for it is slow to import."""
        from agents.copilot import Copilot

        return Copilot(self.view, chat_endpoint(self.settings), self.settings.sample_prices, self.knowledge)

    def copilot_session(self) -> AbstractAsyncContextManager[Session]:
        """The copilot of a server, whose threads remember."""
        from agents.copilot import session

        return session(
            chat_endpoint(self.settings),
            self.clock,
            self.book.rules.name,
            threads_of(self.settings),
            sample_prices=self.settings.sample_prices,
        )

    @property
    def knowledge(self) -> KnowledgeView:
        """The knowledge base with what belongs to no deal or to a deal that may be seen."""
        from tools.knowledge.view import KnowledgeView

        assert self.knowledge_base is not None
        return KnowledgeView(self.knowledge_base.library, None if self.sight.everything else self._shows)

    def _shows(self, deal_id: str) -> bool:
        with self.store.reading() as read:
            return read.deal(deal_id) is not None


def threads_of(settings: Settings) -> AbstractAsyncContextManager[Any]:
    """Where threads remember."""
    from agents.threads import in_postgres, in_sqlite

    url = settings.database_url or ""
    if url.startswith("postgres"):
        from masterdeal.store.threads_pool import threads_pool

        return in_postgres(threads_pool(url))
    return in_sqlite(settings.threads)


async def forget_threads(settings: Settings, thread_ids: list[str]) -> None:
    """Drop what threads remember."""
    async with threads_of(settings) as saver:
        for thread_id in thread_ids:
            await saver.adelete_thread(thread_id)


def open_knowledge_base(settings: Settings, store: EventStore) -> KnowledgeBase:
    """The knowledge base of what the store keeps: vectors in the data folder, or on the server CHROMA_URL names."""

    def build() -> Library:
        from tools.knowledge.library import Library

        return Library(store, embedding_model(settings), opened)

    def opened(embedding: str) -> VectorIndex:
        from tools.knowledge.chroma import open_embedded, open_server

        if settings.chroma_url is not None:
            return open_server(settings.chroma_url, embedding)
        return open_embedded(settings.data / "chroma", embedding)

    return KnowledgeBase(build)


def embedding_model(settings: Settings) -> Embedding:
    """The model of the search by meaning: the configured endpoint's, or the one that comes with the product."""
    if settings.openai_base_url is None or settings.openai_embedding_model is None:
        from tools.knowledge.local_embedding import LocalEmbedding

        return LocalEmbedding()
    import httpx
    from langchain_openai import OpenAIEmbeddings

    from agents.embedding import EndpointEmbedding

    limit = httpx.Timeout(settings.model_seconds, connect=5.0)
    return EndpointEmbedding(
        OpenAIEmbeddings(
            model=settings.openai_embedding_model,
            base_url=settings.openai_base_url,
            api_key=settings.openai_api_key or SecretStr("none"),
            timeout=settings.model_seconds,
            max_retries=1,
            check_embedding_ctx_length=False,
            http_client=httpx.Client(timeout=limit),
            http_async_client=httpx.AsyncClient(timeout=limit),
        ),
        f"{settings.openai_base_url} {settings.openai_embedding_model}",
        settings.masking,
    )


def open_book(settings: Settings) -> tuple[Rulebook, dict[str, Calendar]]:
    """The rulebook an installation is set to."""
    calendars = read_calendars()
    table = None
    if settings.sla_file is not None:
        try:
            table = tomllib.loads(settings.sla_file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise Misconfigured(f"MASTERDEAL_SLA_FILE {settings.sla_file}: {error}") from error
    return read_rulebook(settings.rules, table, calendars), calendars


def access_table() -> dict[str, Any]:
    """The packaged table of who may do what."""
    return tomllib.loads(files("api").joinpath("access.toml").read_text(encoding="utf-8"))


def open_identity(settings: Settings, clock: Callable[[], int]) -> Identity:
    """How callers are known: a file of static tokens, an identity provider, both, or neither."""
    table = access_table()
    if settings.access_file is not None:
        try:
            table = tomllib.loads(settings.access_file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise Misconfigured(f"MASTERDEAL_ACCESS_FILE {settings.access_file}: {error}") from error
    access = Access(table)
    tokens = StaticTokens(settings.tokens_file, access, clock) if settings.tokens_file is not None else None
    provider = None
    if settings.oidc_issuer is not None:
        if settings.oidc_audience is None:
            raise Misconfigured(
                "OIDC_ISSUER without OIDC_AUDIENCE: a token made for another service would be taken for ours"
            )
        keys = ProviderKeys(settings.oidc_issuer, fetch_keys, clock)
        provider = OpenId(
            settings.oidc_issuer, settings.oidc_audience, settings.roles_claim, access, keys, clock
        )
    return Identity(access, tokens, provider)


def fetch_keys(url: str) -> bytes:
    """A document of the identity provider."""
    import httpx

    try:
        with httpx.Client(timeout=5.0, follow_redirects=False) as client:
            answer = client.get(url, headers={"Accept": "application/json"})
    except httpx.HTTPError as error:
        raise IdentityProviderFailed(f"{url}: {type(error).__name__}") from error
    if answer.status_code != 200 or len(answer.content) > LARGEST_KEYS:
        raise IdentityProviderFailed(f"{url} answers {answer.status_code}, {len(answer.content)} bytes")
    return answer.content


def chat_endpoint(settings: Settings) -> Endpoint | None:
    """The configured model, over an HTTP client of our own: the time limit is ours, and tests can see the wire. Whoever
    opens it sees it through the border: no personal data goes out."""
    if not settings.has_model:
        return None
    import httpx

    from agents.copilot import Endpoint

    @asynccontextmanager
    async def opened() -> AsyncIterator[BaseChatModel | MaskedModel]:
        from langchain_openai import ChatOpenAI

        from agents.border import MaskedModel

        limit = httpx.Timeout(settings.model_seconds, connect=5.0)
        with httpx.Client(timeout=limit) as sync:
            async with httpx.AsyncClient(timeout=limit) as client:
                model = ChatOpenAI(
                    model=settings.openai_model or "",
                    base_url=settings.openai_base_url,
                    api_key=settings.openai_api_key or SecretStr("none"),
                    temperature=0,
                    timeout=settings.model_seconds,
                    max_retries=1,
                    use_responses_api=False,
                    http_client=sync,
                    http_async_client=client,
                )
                yield MaskedModel(model) if settings.masking else model

    failures = (httpx.HTTPError,)
    return Endpoint(
        opened, settings.openai_model or "", settings.model_seconds, failures, model_prices(settings)
    )


def model_prices(settings: Settings) -> Prices:
    """What the model's tokens cost, by the file that MASTERDEAL_MODEL_PRICES names, or the packaged one. Misconfigured
    where there is no such file."""
    from agents.prices import packaged, read

    if settings.model_prices is None:
        return packaged()
    try:
        return read(settings.model_prices.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"MASTERDEAL_MODEL_PRICES: {settings.model_prices}: {error}") from error


def open_store(settings: Settings) -> EventStore:
    """The event store that MASTERDEAL_DATABASE_URL names."""
    url = settings.database_url or "sqlite:///"
    scheme = url.partition("://")[0]
    if scheme == "sqlite":
        return SqliteStore(settings.database)
    if scheme in ("postgresql", "postgres"):
        from masterdeal.store.postgres import PostgresStore

        return PostgresStore(url)
    raise Misconfigured(
        f"MASTERDEAL_DATABASE_URL: no event store for {scheme!r}; known: sqlite:///FILE, postgresql://…"
    )


def open_kafka(
    settings: Settings, store: EventStore, book: Rulebook, clock: Callable[[], int], worker: Worker
) -> KafkaLink | None:
    """The link to the brokers that MASTERDEAL_KAFKA_BOOTSTRAP names; built, not started."""
    if settings.kafka_bootstrap is None:
        return None
    from masterdeal.bus.kafka.domain_topics import DomainTopics
    from masterdeal.bus.kafka.outlet import Outlet

    stopping = threading.Event()
    security = settings.kafka_security
    aside = Outlet(settings.kafka_bootstrap, stopping, security)
    outlet = Outlet(settings.kafka_bootstrap, stopping, security)
    hot = HotDeals()

    def taken(items: Sequence[Incoming]) -> list[Outcome]:
        return take(store, items, book, clock, hot)

    topics = DomainTopics(settings.kafka_bootstrap, book, taken, aside.send, stopping, security)
    return KafkaLink(store, clock, topics, outlet, aside, stopping, worker.wake)


def open_marts(settings: Settings) -> Warehouse:
    """The marts on a server, or in a file of the data folder; imported when they are first needed."""
    if settings.marts_url is not None:
        import httpx

        from masterdeal.marts.clickhouse import ClickHouseWarehouse
        from masterdeal.marts.clickhouse_http import Link

        client = httpx.Client(timeout=httpx.Timeout(MARTS_SECONDS, connect=MARTS_CONNECT), trust_env=False)
        try:
            link = Link(settings.marts_url.get_secret_value(), client)
        except Misconfigured:
            client.close()
            raise
        return ClickHouseWarehouse(link)
    from masterdeal.marts.embedded import DuckWarehouse

    return DuckWarehouse(settings.data / "marts.duckdb")


def open_webhooks(settings: Settings, book: Rulebook) -> Webhooks:
    """The connectors, and the secrets of the systems that may call."""
    folder = settings.connectors_folder
    try:
        files_there = sorted(folder.glob("*.toml")) if folder is not None else []
        own = [tomllib.loads(path.read_text(encoding="utf-8")) for path in files_there]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(f"MASTERDEAL_CONNECTORS {settings.connectors_folder}: {error}") from error
    if settings.webhook_secrets is None and not own:
        return Webhooks()
    connectors = read_connectors(book.catalogue, own)
    given = settings.webhook_secrets.get_secret_value() if settings.webhook_secrets is not None else ""
    return Webhooks(connectors, read_secrets(given, connectors))


def tracker_config(settings: Settings) -> TrackerConfig | None:
    """The task tracker that MASTERDEAL_TRACKER_FILE describes."""
    if settings.tracker_file is None:
        return None
    from masterdeal.trackers.connect import read_tracker

    try:
        table = tomllib.loads(settings.tracker_file.read_text(encoding="utf-8"))
        return read_tracker(table)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, Misconfigured) as error:
        told = error.message if isinstance(error, Misconfigured) else str(error)
        raise Misconfigured(f"MASTERDEAL_TRACKER_FILE {settings.tracker_file}: {told}") from error


def open_tracker(
    settings: Settings, store: EventStore, ladders: tuple[Ladder, ...], clock: Callable[[], int]
) -> TrackerLink | None:
    """The link to the configured task tracker; built, not started."""
    config = tracker_config(settings)
    if config is None:
        return None
    if settings.tracker_token is None:
        raise Misconfigured("MASTERDEAL_TRACKER_TOKEN: MASTERDEAL_TRACKER_FILE is set, so a token is needed")
    import httpx

    from masterdeal.trackers.circuit import Guarded
    from masterdeal.trackers.connect import connect

    client = httpx.Client(timeout=TRACKER_SECONDS, follow_redirects=False)
    try:
        tracker = connect(config, client, settings.tracker_token.get_secret_value(), settings.tracker_user)
    except Misconfigured:
        client.close()
        raise
    return TrackerLink(store, Guarded(tracker), config, ladders, clock, client.close)


@contextmanager
def open_house(settings: Settings, clock: Callable[[], int] = wall_clock) -> Iterator[House]:
    """Everything built and, at the end of the block, closed. The worker is built but not started."""
    book, calendars = open_book(settings)
    identity = open_identity(settings, clock)
    webhooks = open_webhooks(settings, book)
    if settings.model_prices is not None:
        model_prices(settings)
    store = open_store(settings)
    bus = Bus()
    ladders = read_escalation(tuple(book.rules.timers))
    tracker = open_tracker(settings, store, ladders, clock)
    config = None if tracker is None else tracker.config
    retention = Retention(store, settings.threads_days, lambda ids: forget_threads(settings, ids))
    worker = Worker(store, book, clock, bus.publish, bus.wake, ladders, config, [retention])
    kafka = open_kafka(settings, store, book, clock, worker)
    trail = Trail(store, clock)
    knowledge_base = open_knowledge_base(settings, store)
    marts = MartsOwner(store, book, calendars["working-ru"], clock, lambda: open_marts(settings))
    try:
        yield House(
            settings,
            store,
            book,
            calendars,
            clock,
            bus,
            worker,
            trail,
            ladders,
            kafka,
            identity,
            quota=Quota(settings.rate_limit, settings.source_rate_limit, settings.token_budget),
            knowledge_base=knowledge_base,
            owner=marts,
            tracker=tracker,
            webhooks=webhooks,
        )
    finally:
        knowledge_base.close()
        if tracker is not None:
            tracker.stop()
        if kafka is not None:
            kafka.stop()
        marts.stop()
        worker.stop()
        trail.stop()
        store.close()
