// What was worked on for the deal: its documents, and the decisions about them; a decision in full when it is shown.
import { html, useState } from "../../vendor/ui.js";
import { get, getAll } from "../api.js";
import { when } from "../format.js";
import { named, t } from "../words.js";
import { Loaded, useLoaded } from "../parts/parts.js";

const at = (id) => `/v1/deals/${encodeURIComponent(id)}`;

export const decisionsOf = (id, kind, signal) => getAll(`${at(id)}/decisions`, { kind }, { signal });
export const documentsOf = (id, signal) => getAll(`${at(id)}/documents`, {}, { signal });
export const decision = (one, signal) => get(`/v1/decisions/${encodeURIComponent(one.decision_id)}`, {}, { signal });
export const textOf = (id, signal) => (id ? get(`/v1/documents/${encodeURIComponent(id)}`, {}, { signal }) : Promise.resolve(null));

// A document by the name of its file; a text that was pasted, by what was done with it.
export const titled = (document) => (/^(brief|legal|mediaplan|offer|qualification)\.txt$/.test(document.name) ? named("papers", document.name.slice(0, -4)) : document.name);

// The decisions of one kind: the latest in full, an earlier one by choice. `children` gets {decision, document}.
export function Decided({ id, kind, none, children }) {
  const list = useLoaded((signal) => decisionsOf(id, kind, signal), [id, kind]);
  return html`<${Loaded} of=${list}>${(items) => (items.length ? html`<${Latest} key=${items[0].decision_id} items=${items} show=${children} />` : none)}</${Loaded}>`;
}

function Latest({ items, show }) {
  const [chosen, choose] = useState(items[0].decision_id);
  const one = items.find((item) => item.decision_id === chosen) ?? items[0];
  const loaded = useLoaded(async (signal) => {
    const [full, document] = await Promise.all([decision(one, signal), textOf(one.document_id, signal)]);
    return { decision: full, document };
  }, [one.decision_id]);
  return html`<div class="stack"><div class="row-line quiet-line">${items.length > 1 ? html`<label class="row-line">${t("room.made")} <select class="form-select w-auto" value=${chosen} onChange=${(event) => choose(event.target.value)}>${items.map((item) => html`<option key=${item.decision_id} value=${item.decision_id}>${when(item.made_at)} · ${item.by}</option>`)}</select></label>` : html`<span>${t("room.made")} ${when(one.made_at)} · ${one.by}</span>`}<span title=${t("copilot.decision")}>${one.decision_id}</span></div>
    <${Loaded} of=${loaded} lines=${8}>${(value) => show(value)}</${Loaded}></div>`;
}
