// Breaches and warnings as tasks: who must act, how late it is, taken up or closed.
import { html, useEffect, useState } from "../../vendor/ui.js";
import { get, post } from "../api.js";
import { hear } from "../live.js";
import { query, setQuery, toast } from "../state.js";
import { span, when } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card, Choice, Empty, Head, Link, Loaded, useLoaded } from "../parts/parts.js";

const STATES = ["open", "closed"];
const KINDS = ["breach", "warning"];

export default function Escalations() {
  const state = STATES.includes(query.value.get("state")) ? query.value.get("state") : "open", kind = query.value.get("kind") || "breach";
  const [more, setMore] = useState({ key: "", items: [], next: undefined });
  const key = `${state}/${kind}`;
  const loaded = useLoaded((signal) => get("/v1/escalations", { state, kind, limit: 50 }, { signal }), [key]);
  useEffect(() => hear((news) => news.some((event) => event.type.includes("sla")) && loaded.again(), 1000), [key]);
  const grown = more.key === key ? more : { items: [], next: undefined };
  const next = grown.next === undefined ? loaded.value?.next_cursor : grown.next;
  const act = async (task, what) => {
    try { await post(`/v1/escalations/${task.task_id}/${what}`); loaded.again(); } catch (problem) { toast(problem.message, "danger"); }
  };
  return html`<${Head} title=${t("nav.escalations")} sub=${t("escalations.sub")} />
    <div class="filters"><${Choice} label=${t("escalations.kind")} options=${KINDS.map((one) => [one, named("task_kinds", one)])} chosen=${kind} choose=${(one) => setQuery({ kind: one === "breach" ? null : one })} /><${Choice} label=${t("escalations.state")} options=${STATES.map((one) => [one, named("task_states", one)])} chosen=${state} choose=${(one) => setQuery({ state: one === "open" ? null : one })} /></div>
    <${Card} flush label=${t("nav.escalations")}><${Loaded} of=${loaded} lines=${8}>${(page) => { const items = [...page.items, ...grown.items]; return items.length ? html`<div class="table-wrap"><table class="table"><thead><tr><th>${t("deals.deal")}</th><th>${t("escalations.timer")}</th><th class="number">${t("escalations.late")}</th><th>${t("escalations.who")}</th><th>${t("escalations.rung")}</th><th>${t("escalations.task")}</th></tr></thead>
      <tbody>${items.map((task) => html`<tr key=${task.task_id}><td><${Link} class="main" to=${`/deals/${encodeURIComponent(task.master_deal_id)}?tab=sla`}>${task.title || task.master_deal_id}</${Link}><small class="sub">${task.master_deal_id}</small></td>
        <td>${named("timers", task.timer)}<small class="sub">${t("sla.due")} ${when(task.due_at)}</small></td><td class="number">${task.overdue_s > 0 ? span(task.overdue_s) : "—"}</td>
        <td>${named("addressees", task.addressee)}<small class="sub">${named("roles", task.role)}</small></td><td>${task.rung + 1}${task.next_rung_at && html`<small class="sub">${t("escalations.climbs")} ${when(task.next_rung_at)}</small>`}</td>
        <td>${task.closed_at ? html`<${Badge} tone="green">${t("escalations.closed")}</${Badge}><small class="sub">${when(task.closed_at)} · ${named("closed_because", task.closed_because)}</small>` : html`<span class="row-line">${task.acknowledged_at ? html`<${Badge} tone="blue" title=${when(task.acknowledged_at)}>${task.acknowledged_by}</${Badge}>` : html`<button class="btn btn-sm" type="button" onClick=${() => act(task, "acknowledge")}>${t("escalations.take")}</button>`}<button class="btn btn-sm" type="button" onClick=${() => act(task, "close")}>${t("escalations.close")}</button></span>`}</td></tr>`)}</tbody></table></div>${next && html`<div class="p-2 text-center"><button class="btn btn-sm" type="button" onClick=${async () => { const answer = await get("/v1/escalations", { state, kind, limit: 50, cursor: next }); setMore({ key, items: [...grown.items, ...answer.items], next: answer.next_cursor }); }}>${t("say.more")}</button></div>`}`
    : html`<${Empty} icon="alarm" title=${t(`escalations.none_${state}`)} />`; }}</${Loaded}></${Card}>`;
}
