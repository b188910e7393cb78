"""The only reader of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from masterdeal.errors import Misconfigured

NAMES = {
    "data": "MASTERDEAL_DATA",
    "database_url": "MASTERDEAL_DATABASE_URL",
    "marts_url": "MASTERDEAL_MARTS_URL",
    "kafka_bootstrap": "MASTERDEAL_KAFKA_BOOTSTRAP",
    "kafka_protocol": "MASTERDEAL_KAFKA_PROTOCOL",
    "kafka_mechanism": "MASTERDEAL_KAFKA_MECHANISM",
    "kafka_user": "MASTERDEAL_KAFKA_USER",
    "kafka_password": "MASTERDEAL_KAFKA_PASSWORD",
    "kafka_ca_file": "MASTERDEAL_KAFKA_CA_FILE",
    "kafka_certificate_file": "MASTERDEAL_KAFKA_CERTIFICATE_FILE",
    "kafka_key_file": "MASTERDEAL_KAFKA_KEY_FILE",
    "rules": "MASTERDEAL_RULES",
    "sla_file": "MASTERDEAL_SLA_FILE",
    "max_body": "MASTERDEAL_MAX_BODY",
    "sample_prices": "MASTERDEAL_SAMPLE_PRICES",
    "leads_enter": "MASTERDEAL_LEADS_ENTER",
    "openai_base_url": "OPENAI_BASE_URL",
    "openai_api_key": "OPENAI_API_KEY",
    "openai_model": "OPENAI_MODEL",
    "openai_embedding_model": "OPENAI_EMBEDDING_MODEL",
    "model_seconds": "MASTERDEAL_MODEL_SECONDS",
    "model_prices": "MASTERDEAL_MODEL_PRICES",
    "threads_days": "MASTERDEAL_THREADS_DAYS",
    "masking": "MASTERDEAL_MASKING",
    "chroma_url": "CHROMA_URL",
    "oidc_issuer": "OIDC_ISSUER",
    "oidc_audience": "OIDC_AUDIENCE",
    "roles_claim": "MASTERDEAL_ROLES_CLAIM",
    "tokens_file": "MASTERDEAL_TOKENS_FILE",
    "access_file": "MASTERDEAL_ACCESS_FILE",
    "rate_limit": "MASTERDEAL_RATE_LIMIT",
    "source_rate_limit": "MASTERDEAL_SOURCE_RATE_LIMIT",
    "token_budget": "MASTERDEAL_TOKEN_BUDGET",
    "webhook_secrets": "MASTERDEAL_WEBHOOK_SECRETS",
    "connectors_folder": "MASTERDEAL_CONNECTORS",
    "tracker_file": "MASTERDEAL_TRACKER_FILE",
    "tracker_token": "MASTERDEAL_TRACKER_TOKEN",
    "tracker_user": "MASTERDEAL_TRACKER_USER",
    "log_format": "MASTERDEAL_LOG_FORMAT",
    "otlp_endpoint": "OTEL_EXPORTER_OTLP_ENDPOINT",
    "otlp_headers": "OTEL_EXPORTER_OTLP_HEADERS",
    "service_name": "OTEL_SERVICE_NAME",
}


class Settings(BaseModel):
    """What an installation is set to. Everything has a default that runs in one process with nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path = Field(default=Path("var"), description="Folder of the embedded stores")
    database_url: str | None = Field(
        default=None, description="sqlite:///FILE; default: a file in the data folder"
    )
    marts_url: SecretStr | None = Field(
        default=None,
        description="ClickHouse for the marts, http(s)://USER:PASSWORD@HOST:PORT/DATABASE; default: a file in the data folder",
    )
    kafka_bootstrap: str | None = Field(
        default=None,
        description="Kafka brokers, host:port,…; default: events come over HTTP alone, canonical events stay in process",
    )
    kafka_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT",
        description="How the brokers are spoken to: PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL",
    )
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="SASL mechanism: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"
    )
    kafka_user: str | None = Field(default=None, description="SASL user")
    kafka_password: SecretStr | None = Field(default=None, description="Its password")
    kafka_ca_file: Path | None = Field(
        default=None, description="Certificates to trust brokers by; default: the system's"
    )
    kafka_certificate_file: Path | None = Field(
        default=None, description="Certificate of this service, where brokers ask for one"
    )
    kafka_key_file: Path | None = Field(default=None, description="Its private key")
    rules: str = Field(default="stream-1", description="Rule set that judges deals")
    sla_file: Path | None = Field(
        default=None, description="TOML file with SLA limits by date, instead of the packaged one"
    )
    max_body: int = Field(default=16 * 1024 * 1024, gt=0, description="Largest request body in bytes")
    sample_prices: bool = Field(
        default=False,
        description="Plan with the invented prices of the demonstration rate card, marked as such",
    )
    leads_enter: bool = Field(
        default=False,
        description="Enter every imported lead as a deal at once; default: a person approves each",
    )
    openai_base_url: str | None = Field(
        default=None, description="OpenAI-compatible endpoint; default: rules only"
    )
    openai_api_key: SecretStr | None = Field(default=None, description="Key of that endpoint")
    openai_model: str | None = Field(default=None, description="Model at that endpoint")
    openai_embedding_model: str | None = Field(
        default=None, description="Embedding model at that endpoint; default: the packaged one, offline"
    )
    threads_days: int = Field(
        default=365,
        ge=0,
        description="Days after its last turn until a thread is forgotten; 0 keeps all threads",
    )
    model_seconds: float = Field(default=20.0, gt=0, description="How long the model may take for one answer")
    model_prices: Path | None = Field(
        default=None, description="TOML file of what tokens cost, instead of the packaged one"
    )
    masking: bool = Field(
        default=True, description="Mask names, phones, accounts and the like in all that goes to a model"
    )
    chroma_url: str | None = Field(default=None, description="Chroma server; default: embedded")
    oidc_issuer: str | None = Field(
        default=None, description="Identity provider; default: loopback only, as administrator"
    )
    oidc_audience: str | None = Field(default=None, description="Audience its tokens must carry")
    roles_claim: str = Field(
        default="roles", description="Claim of its tokens with the roles, a path: roles, realm_access.roles"
    )
    tokens_file: Path | None = Field(
        default=None,
        description="TOML file of static tokens (digests, subjects, roles), for small installations",
    )
    access_file: Path | None = Field(
        default=None, description="TOML file of who may do what, instead of the packaged one"
    )
    rate_limit: str | None = Field(
        default="1200/minute",
        description="Requests of one person, like 600/minute; not for a local administrator",
    )
    source_rate_limit: str | None = Field(
        default=None,
        description="Requests of one source system, like 6000/minute; default: as many as it sends",
    )
    token_budget: int | None = Field(
        default=None,
        gt=0,
        description="Tokens of the model that one person may use in a day; default: any number",
    )
    webhook_secrets: SecretStr | None = Field(
        default=None,
        description="system=whsec_…,… of the source systems that send webhooks; default: none may",
    )
    connectors_folder: Path | None = Field(
        default=None,
        description="Folder of TOML files with connectors of one's own, before the packaged ones",
    )
    tracker_file: Path | None = Field(
        default=None, description="TOML file of the task tracker that escalations go to; default: none"
    )
    tracker_token: SecretStr | None = Field(default=None, description="Its token, or webhook secret")
    tracker_user: str | None = Field(default=None, description="Account of that token, where asked for")
    log_format: Literal["text", "json"] = Field(
        default="text", description="Log lines: text, or json, one object a line"
    )
    otlp_endpoint: str | None = Field(
        default=None, description="OpenTelemetry collector that traces go to over OTLP/HTTP; default: none"
    )
    otlp_headers: SecretStr | None = Field(default=None, description="Headers for it, name=value,…")
    service_name: str = Field(default="masterdeal", description="What the process is called in traces")

    @property
    def database(self) -> Path:
        """The SQLite file."""
        if self.database_url is None:
            return self.data / "masterdeal.db"
        if not self.database_url.startswith("sqlite:///"):
            scheme = self.database_url.partition(":")[0]
            raise Misconfigured(
                f"MASTERDEAL_DATABASE_URL: no event store for {scheme!r}; known: sqlite:///FILE"
            )
        return Path(self.database_url.removeprefix("sqlite:///"))

    @property
    def kafka_security(self) -> dict[str, str]:
        """How the brokers are spoken to, in librdkafka's names. Misconfigured where SASL lacks its user."""
        told: dict[str, str] = {"security.protocol": self.kafka_protocol}
        if self.kafka_protocol.startswith("SASL"):
            if self.kafka_user is None or self.kafka_password is None:
                raise Misconfigured("MASTERDEAL_KAFKA_PROTOCOL is SASL: USER and PASSWORD must be set too")
            told["sasl.mechanism"] = self.kafka_mechanism
            told["sasl.username"] = self.kafka_user
            told["sasl.password"] = self.kafka_password.get_secret_value()
        if self.kafka_protocol.endswith("SSL"):
            files = {
                "ssl.ca.location": self.kafka_ca_file,
                "ssl.certificate.location": self.kafka_certificate_file,
                "ssl.key.location": self.kafka_key_file,
            }
            told |= {name: str(file) for name, file in files.items() if file is not None}
        return told

    @property
    def has_identity(self) -> bool:
        """Whether callers have to say who they are."""
        return self.oidc_issuer is not None or self.tokens_file is not None

    @property
    def threads(self) -> Path:
        """The SQLite file of what threads remember."""
        return self.data / "threads.db"

    @property
    def has_model(self) -> bool:
        """Whether a language model is configured."""
        return self.openai_base_url is not None and self.openai_model is not None


def read_settings(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """The settings from the environment; an override that is not None wins. Misconfigured names the variable."""
    source = os.environ if environ is None else environ  # noqa: TID251 (the one reader)
    values: dict[str, object] = {field: source[name] for field, name in NAMES.items() if source.get(name)}
    values.update({field: value for field, value in overrides.items() if value is not None})
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        raise Misconfigured(f"{NAMES.get(field, field)}: {first['msg']}") from error
