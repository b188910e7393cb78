"""What a connector asks of its system, written out for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from masterdeal.catalogue import Catalogue
from masterdeal.connectors.contract import Connector
from masterdeal.history_value import Value

INTRODUCTION: Final = """# Source systems and their connectors

This page is written by `masterdeal connectors --markdown`; the contracts stand in `masterdeal/connectors/*.toml`.

A system that speaks CloudEvents posts them to `/v1/events` with a token of the role `source:<system>`, or writes them to
the Kafka topic `domain.<system>`. One that does not posts its own JSON to `/v1/webhooks/<system>`, signed as
[Standard Webhooks](https://www.standardwebhooks.com) says: `webhook-id`, `webhook-timestamp` (within five minutes of the
service's clock) and `webhook-signature`, HMAC-SHA256 over `id.timestamp.body`. Secrets come from
`MASTERDEAL_WEBHOOK_SECRETS`, `crm=whsec_…,dcm=whsec_…`; a system that stands twice may sign with either secret, so that
one can be replaced by the other. A system without a secret is answered 404, a wrong signature 401.

The answer is that of `/v1/events`: 202 and one outcome for each event. An item that does not fit is `rejected` and lies in
the dead letters as it came (`bad_row`: a member cannot be read; `no_rule`: no event fits; `not_an_object`), and its
neighbours are taken in. Sending a webhook again, within the five minutes or after them, changes nothing: `event_id` tells.

A system may report its own types only, under any of their names; on `/v1/events` and in a connector this is enforced. On
Kafka it is the brokers' access lists that say who writes to `domain.<system>`; MasterDeal keeps what it finds there.

An installation whose systems send other JSON writes connectors of its own, in the same form, into the folder
`MASTERDEAL_CONNECTORS`; one with the same `system` takes the place of the packaged one.
"""


def described(connector: Connector, catalogue: Catalogue) -> dict[str, Any]:
    """The contract as plain members: events with their effect, fields, examples."""
    return {
        "system": connector.system,
        "name_ru": connector.name_ru,
        "about": connector.about,
        "version": connector.version,
        "webhook": f"/v1/webhooks/{connector.system}",
        "topic": f"domain.{connector.system}",
        "role": f"source:{connector.system}",
        "deal_ref": connector.deal_ref.model_dump(),
        "events": [
            {
                "type": rule.type,
                "canonical": kind.name if (kind := catalogue.find(rule.type)) is not None else None,
                "when": "; ".join(
                    f"{condition.column} = {condition.equals}" for condition in rule.when if condition.column
                ),
                "fields": {name: _from(value) for name, value in rule.members.items()},
            }
            for rule in connector.rows.events
        ],
        "fields": connector.fields,
        "examples": [example.body.strip() for example in connector.examples],
    }


def _from(value: Value) -> str:
    return value.column or value.template or repr(value.value)


def markdown(connectors: Mapping[str, Connector], catalogue: Catalogue) -> str:
    """The page docs/connectors.md."""
    parts = [INTRODUCTION]
    for connector in connectors.values():
        told = described(connector, catalogue)
        lines = [f"## {connector.name_ru} (`{connector.system}`)", "", f"{connector.about}."]
        lines += [
            "",
            f"A deal is named by `master_deal_id`, or by `{told['deal_ref']['column']}`, its id in {told['deal_ref']['system']}.",
            "",
            "| `event` | event type | taken as | data |",
            "| --- | --- | --- | --- |",
        ]
        lines += [
            f"| {row['when'].removeprefix('event = ')} | `{row['type']}` | `{row['canonical']}` |"
            f" {', '.join(f'{name} ← `{source}`' for name, source in row['fields'].items())} |"
            for row in told["events"]
        ]
        lines += ["", "| field | what |", "| --- | --- |"]
        lines += [f"| `{name}` | {about} |" for name, about in connector.fields.items()]
        for example in told["examples"]:
            lines += ["", "```json", example, "```"]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)
