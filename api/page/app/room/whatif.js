// What if: an event more, or other limits. Nothing is written.
import { html, useState } from "../../vendor/ui.js";
import { post } from "../api.js";
import { when } from "../format.js";
import { eventNamed, named, t } from "../words.js";
import { Badge, Card, Trouble } from "../parts/parts.js";
import { Stage, TONES } from "../parts/deal.js";

// The events that light each gate, and the one that puts it out again (specification 6.8.3).
const LIGHTS = { G1: ["crm.brief.submitted"], G2: ["mediapush.planning.started", "media.mediaplan.ready"], G3: ["crm.offer.approved"], G4: ["docflow.contract.sent", "docflow.contract.signed"], G5: ["mediapush.campaign.started"], G6: ["dcm.invoice.issued"], G7: ["dcm.closeout.completed"] };
const UNDOES = { G1: "crm.brief.withdrawn", G2: "media.mediaplan.rejected", G3: "crm.offer.withdrawn", G4: "docflow.contract.revoked" };
const BESIDE = ["crm.lead.qualified", "mediapush.kpi.reported", "okk.nps.collected"];
const CODE = "?";

// What can come to the deal as it stands, in groups: what it waits for, what would undo or end it, everything else.
function possible(deal) {
  const gates = Object.keys(LIGHTS), lit = (id) => deal.gates[id]?.status;
  if (deal.aggregated_stage === "cancelled") return { expected: ["crm.deal.reopened"], other_events: [...gates.flatMap((id) => LIGHTS[id]), ...BESIDE] };
  const expected = deal.aggregated_stage === "closed" ? [] : gates.filter((id) => deal.missing.includes(id) && !lit(id)).flatMap((id) => LIGHTS[id]);
  const backwards = [...gates.filter((id) => lit(id) && UNDOES[id]).map((id) => UNDOES[id]).reverse(), "crm.deal.lost"];
  return { expected, backwards, other_events: [...gates.filter((id) => !lit(id)).flatMap((id) => LIGHTS[id]).filter((one) => !expected.includes(one)), ...BESIDE] };
}

const TIMERS = ["lead_to_brief", "brief_to_offer", "offer_to_contract", "contract_to_launch", "launch_to_close"];

export function WhatIf({ deal }) {
  const [picked, pick] = useState(""), [code, setCode] = useState(""), [timer, setTimer] = useState(""), [limit, setLimit] = useState("16h");
  const [answer, set] = useState(null);
  const type = picked === CODE ? code.trim() : picked;
  const ask = async (event) => {
    event.preventDefault();
    set({ busy: true });
    const body = { events: type ? [{ type }] : [] };
    if (timer) body.sla = { [timer]: limit };
    set(await post(`/v1/deals/${encodeURIComponent(deal.master_deal_id)}/what-if`, body).then((value) => ({ value }), (problem) => ({ problem })));
  };
  return html`<div class="stack"><${Card} title=${t("room.what_if")}><form class="filters form-line mb-0" onSubmit=${ask}>
    <label>${t("room.event")} <select class="form-select" name="event" value=${picked} onChange=${(event) => pick(event.target.value)}><option value="">${t("room.none_event")}</option>${Object.entries(possible(deal)).filter(([, types]) => types.length).map(([group, types]) => html`<optgroup key=${group} label=${t(`room.${group}`)}>${types.map((one) => html`<option key=${one} value=${one}>${eventNamed(one)}</option>`)}</optgroup>`)}<option value=${CODE}>${t("room.by_code")}</option></select></label>
    ${picked === CODE && html`<label>${t("room.code")} <input class="form-control" name="code" value=${code} onInput=${(event) => setCode(event.target.value)} placeholder="docflow.stage.changed" /></label>`}
    <label>${t("room.limit_of")} <select class="form-select" value=${timer} onChange=${(event) => setTimer(event.target.value)}><option value="">—</option>${TIMERS.map((one) => html`<option value=${one}>${named("timers", one)}</option>`)}</select></label>
    ${timer && html`<label>${t("room.limit")} <input class="form-control" title=${t("room.limit_hint")} value=${limit} onInput=${(event) => setLimit(event.target.value)} /></label>`}
    <button class="btn btn-primary" disabled=${(!type && !timer) || answer?.busy}>${t("room.suppose")}</button></form></${Card}>
    ${answer?.problem && html`<${Trouble} problem=${answer.problem} />`}
    ${answer?.value && html`<${Card} title=${t("room.then")}><p><${Stage} code=${deal.aggregated_stage} /> → <${Stage} code=${answer.value.deal.aggregated_stage} /></p>
      ${["appear", "disappear"].map((side) => { const list = answer.value.breaches?.[side] ?? answer.value[`breaches_${side}`] ?? []; return list.length > 0 && html`<p>${t(`room.breaches_${side}`)}: ${list.map((one) => html`<${Badge} tone=${side === "appear" ? "red" : "green"}>${named("timers", one.timer ?? one)}</${Badge}> `)}</p>`; })}
      <ul class="plain-list">${answer.value.deal.sla.filter((one) => one.started_at).map((one) => html`<li>${named("timers", one.timer)}: <${Badge} tone=${TONES[one.state]}>${named("states", one.state)}</${Badge}> <span class="text-secondary">${t("sla.due")} ${when(one.due_at)}</span></li>`)}</ul></${Card}>`}</div>`;
}
