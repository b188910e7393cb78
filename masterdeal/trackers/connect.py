"""From a configuration to the adapter of the tracker it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx
from standardwebhooks.webhooks import EmptyWebhookSecretError

from masterdeal.errors import Misconfigured
from masterdeal.trackers import bitrix24, jira, webhook, yandex_tracker, youtrack
from masterdeal.trackers.exchange import Exchange, basic
from masterdeal.trackers.ticket import Tracker, TrackerConfig, read_config

PLACES: Final[Mapping[str, Mapping[str, bool]]] = {
    part.NAME: part.PLACE for part in (yandex_tracker, jira, youtrack, bitrix24, webhook)
}


def read_tracker(table: Mapping[str, Any]) -> TrackerConfig:
    """The configuration from its TOML table; Misconfigured names what does not fit."""
    return read_config(table, PLACES)


def connect(config: TrackerConfig, client: httpx.Client, token: str, user: str | None) -> Tracker:
    """The adapter over a client. `token` is the tracker's secret, `user` the account it belongs to where the tracker
    asks for both (Jira)."""
    place = config.place
    if config.system == yandex_tracker.NAME:
        organisation = {
            header: str(place[name])
            for name, header in (("org_id", "X-Org-ID"), ("cloud_org_id", "X-Cloud-Org-ID"))
            if name in place
        }
        if len(organisation) != 1:
            raise Misconfigured("place: one of org_id, cloud_org_id must be set for yandex_tracker")
        headers = {"Authorization": f"OAuth {token}", **organisation}
        return yandex_tracker.YandexTracker(Exchange(client, config.url, headers, token), place)
    if config.system == jira.NAME:
        if user is None:
            raise Misconfigured(
                "MASTERDEAL_TRACKER_USER: Jira needs the e-mail of the account the token is of"
            )
        return jira.Jira(Exchange(client, config.url, {"Authorization": basic(user, token)}, token), place)
    if config.system == youtrack.NAME:
        return youtrack.YouTrack(
            Exchange(client, config.url, {"Authorization": f"Bearer {token}"}, token), place
        )
    if config.system == bitrix24.NAME:
        # The portal's inbound webhook carries its secret in the path.
        root = f"{config.url}/rest/{place['user']}/{token}"
        return bitrix24.Bitrix24(Exchange(client, root, {}, token), place)
    try:
        return webhook.SignedWebhook(Exchange(client, config.url, {}, token), token)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise Misconfigured("MASTERDEAL_TRACKER_TOKEN: a Standard Webhooks secret, whsec_…") from error
