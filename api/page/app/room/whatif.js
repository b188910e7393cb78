// What if: an event more, or other limits. Nothing is written.
import { html, useState } from "../../vendor/ui.js";
import { post } from "../api.js";
import { when } from "../format.js";
import { eventNamed, named, t } from "../words.js";
import { Badge, Card, Trouble } from "../parts/parts.js";
import { Stage, TONES } from "../parts/deal.js";

const EVENTS = ["crm.lead.qualified", "crm.brief.submitted", "mediapush.planning.started", "media.mediaplan.ready", "crm.offer.approved", "docflow.contract.sent", "docflow.contract.signed", "mediapush.campaign.started", "dcm.invoice.issued", "dcm.closeout.completed", "docflow.contract.revoked", "crm.deal.lost", "crm.deal.reopened", "crm.brief.withdrawn", "media.mediaplan.rejected", "crm.offer.withdrawn", "mediapush.kpi.reported", "okk.nps.collected", "*.stage.changed"];
const TIMERS = ["lead_to_brief", "brief_to_offer", "offer_to_contract", "contract_to_launch", "launch_to_close"];

export function WhatIf({ deal }) {
  const [type, setType] = useState(""), [timer, setTimer] = useState(""), [limit, setLimit] = useState("16h");
  const [answer, set] = useState(null);
  const ask = async (event) => {
    event.preventDefault();
    set({ busy: true });
    const body = { events: type ? [{ type }] : [] };
    if (timer) body.sla = { [timer]: limit };
    set(await post(`/v1/deals/${encodeURIComponent(deal.master_deal_id)}/what-if`, body).then((value) => ({ value }), (problem) => ({ problem })));
  };
  return html`<div class="stack"><${Card} title=${t("room.what_if")}><form class="filters mb-0" onSubmit=${ask}>
    <label>${t("room.event")} <input class="form-control" list="event-types" value=${type} onInput=${(event) => setType(event.target.value)} placeholder="docflow.contract.signed" /><datalist id="event-types">${EVENTS.map((one) => html`<option key=${one} value=${one}>${eventNamed(one)}</option>`)}</datalist></label>
    <label>${t("room.limit_of")} <select class="form-select" value=${timer} onChange=${(event) => setTimer(event.target.value)}><option value="">—</option>${TIMERS.map((one) => html`<option value=${one}>${named("timers", one)}</option>`)}</select></label>
    ${timer && html`<label>${t("room.limit")} <input class="form-control" value=${limit} onInput=${(event) => setLimit(event.target.value)} /></label>`}
    <button class="btn btn-primary" disabled=${!type && !timer}>${t("room.suppose")}</button></form></${Card}>
    ${answer?.problem && html`<${Trouble} problem=${answer.problem} />`}
    ${answer?.value && html`<${Card} title=${t("room.then")}><p><${Stage} code=${deal.aggregated_stage} /> → <${Stage} code=${answer.value.deal.aggregated_stage} /></p>
      ${["appear", "disappear"].map((side) => { const list = answer.value.breaches?.[side] ?? answer.value[`breaches_${side}`] ?? []; return list.length > 0 && html`<p>${t(`room.breaches_${side}`)}: ${list.map((one) => html`<${Badge} tone=${side === "appear" ? "red" : "green"}>${named("timers", one.timer ?? one)}</${Badge}> `)}</p>`; })}
      <ul class="plain-list">${answer.value.deal.sla.filter((one) => one.started_at).map((one) => html`<li>${named("timers", one.timer)}: <${Badge} tone=${TONES[one.state]}>${named("states", one.state)}</${Badge}> <span class="text-secondary">${t("sla.due")} ${when(one.due_at)}</span></li>`)}</ul></${Card}>`}</div>`;
}
