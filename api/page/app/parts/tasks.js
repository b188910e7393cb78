// Tasks of the escalation: whose, how late, at which rung; taken up or closed by a person.
import { html } from "../../vendor/ui.js";
import { post } from "../api.js";
import { caller, toast } from "../state.js";
import { span, when } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Link } from "./parts.js";

// Where the service knows its callers, it is the caller whatever is said here.
const me = () => (!caller.value || caller.value.subject === "local" ? t("nav.local") : caller.value.name || caller.value.subject);

function Doing({ task, act }) {
  if (task.closed_at) return html`<${Badge} tone="green">${t("escalations.closed")}</${Badge}><small class="sub">${when(task.closed_at)} · ${named("closed_because", task.closed_because)}</small>`;
  return html`<span class="row-line">${task.acknowledged_at ? html`<${Badge} tone="blue" title=${when(task.acknowledged_at)}>${task.acknowledged_by}</${Badge}>` : html`<button class="btn btn-sm" type="button" onClick=${() => act(task, "acknowledge")}>${t("escalations.take")}</button>`}<button class="btn btn-sm" type="button" onClick=${() => act(task, "close")}>${t("escalations.close")}</button></span>`;
}

export function Tasks({ items, done, ofDeal }) {
  const act = async (task, what) => {
    try { await post(`/v1/escalations/${task.task_id}/${what}`, { by: me() }); } catch (problem) { toast(problem.message, "danger"); }
    done();
  };
  return html`<div class="table-wrap"><table class="table"><thead><tr><th>${t(ofDeal ? "escalations.kind" : "deals.deal")}</th><th>${t("escalations.timer")}</th><th class="number">${t("escalations.late")}</th><th>${t("escalations.who")}</th><th>${t("escalations.rung")}</th><th>${t("escalations.task")}</th></tr></thead>
    <tbody>${items.map((task) => html`<tr key=${task.task_id}><td>${ofDeal ? html`<${Badge} tone=${task.kind === "breach" ? "red" : "yellow"}>${named("task_kind", task.kind)}</${Badge}>` : html`<${Link} class="main" to=${`/deals/${encodeURIComponent(task.master_deal_id)}?tab=sla`}>${task.title || task.master_deal_id}</${Link}><small class="sub">${task.master_deal_id}</small>`}</td>
      <td>${named("timers", task.timer)}<small class="sub">${t("sla.due")} ${when(task.due_at)}</small></td><td class="number">${task.overdue_s > 0 ? span(task.overdue_s) : "—"}</td>
      <td>${named("addressees", task.addressee)}<small class="sub">${named("roles", task.role)}</small></td><td>${task.rung + 1}${task.next_rung_at && html`<small class="sub">${t("escalations.climbs")} ${when(task.next_rung_at)}</small>`}</td>
      <td><${Doing} task=${task} act=${act} />${task.delivery && html`<small class="sub">${task.delivery.tracker}: ${task.delivery.remote ?? named("delivery_states", task.delivery.state)}</small>`}</td></tr>`)}</tbody></table></div>`;
}
