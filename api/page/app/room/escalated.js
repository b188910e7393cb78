// The tasks that the deal's timers opened.
import { html } from "../../vendor/ui.js";
import { get } from "../api.js";
import { t } from "../words.js";
import { Card, Empty, Loaded, useLoaded } from "../parts/parts.js";
import { Tasks } from "../parts/tasks.js";

export function Escalated({ id, at }) {
  const loaded = useLoaded((signal) => get(`/v1/deals/${encodeURIComponent(id)}/escalations`, {}, { signal }), [id, at]);
  return html`<${Card} flush title=${t("nav.escalations")}><${Loaded} of=${loaded} lines=${3}>${({ items }) => (items.length ? html`<${Tasks} items=${items} done=${loaded.again} ofDeal />` : html`<${Empty} icon="alarm" title=${t("room.no_tasks")} />`)}</${Loaded}></${Card}>`;
}
