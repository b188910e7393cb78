// What waits for a person's decision, and what was decided.
import { html, useEffect } from "../../vendor/ui.js";
import { get } from "../api.js";
import { hear } from "../live.js";
import { query, setQuery } from "../state.js";
import { when } from "../format.js";
import { named, t } from "../words.js";
import { Card, Choice, Empty, Head, Link, Loaded, useLoaded } from "../parts/parts.js";
import { Proposal } from "../copilot/proposal.js";

const STATES = ["waiting", "approved", "rejected", "superseded"];

export default function Approvals() {
  const state = STATES.includes(query.value.get("state")) ? query.value.get("state") : "waiting", kind = query.value.get("kind");
  const loaded = useLoaded((signal) => get("/v1/proposals", { state, kind, limit: 100 }, { signal }), [state, kind]);
  useEffect(() => hear(() => loaded.again(), 1000), []);
  return html`<${Head} title=${t("nav.approvals")} sub=${t("approvals.sub")} />
    <div class="filters"><${Choice} label=${t("approvals.state")} options=${STATES.map((one) => [one, named("proposal_states", one)])} chosen=${state} choose=${(next) => setQuery({ state: next === "waiting" ? null : next })} />
    <select class="form-select" aria-label=${t("approvals.kind")} value=${kind || ""} onChange=${(event) => setQuery({ kind: event.target.value })}><option value="">${t("approvals.kind")}: ${t("say.all")}</option>${["plan", "offer", "qualification", "task", "event", "merge"].map((one) => html`<option key=${one} value=${one}>${named("proposal_kinds", one)}</option>`)}</select></div>
    <${Loaded} of=${loaded}>${({ items }) => items.length ? html`<div class="stack approvals">${items.map((one) => html`<div key=${one.id + one.state}><p class="how mb-1">${when(one.created)} · ${one.by}${one.master_deal_id ? html` · <${Link} to=${`/deals/${encodeURIComponent(one.master_deal_id)}`}>${one.master_deal_id}</${Link}>` : ""}</p><${Proposal} proposal=${one} decided=${loaded.again} /></div>`)}</div>` : html`<${Card} label=${t("nav.approvals")}><${Empty} icon="checkbox" title=${t(`approvals.none_${state}`)} /></${Card}>`}</${Loaded}>`;
}
