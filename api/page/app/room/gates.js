// Gates G1..G7: which event lit each, and which the next stage still waits for.
import { html } from "../../vendor/ui.js";
import { when } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Icon } from "../parts/parts.js";

export function Gates({ deal }) {
  return html`<ol class="gates">${Object.entries(deal.gates).map(([id, gate]) => html`<li key=${id} class=${gate.status ? "lit" : deal.missing.includes(id) ? "wanted" : ""}>
    <${Icon} name=${gate.status ? "circle-check" : "circle-dashed"} label=${t(gate.status ? "room.lit" : "room.unlit")} />
    <div><b>${id}</b> ${named("gates", id)}${deal.missing.includes(id) && html` <${Badge} tone="yellow">${t("room.wanted")}</${Badge}>`}
    ${gate.status && html`<small class="sub">${when(gate.event_timestamp)} · ${named("systems", gate.source)} · <code>${gate.event_id}</code></small>`}</div></li>`)}</ol>`;
}
