// The deal room: where the deal stands, why, what is missing, what is late and by which arithmetic.
import { html, useEffect, useRef } from "../../vendor/ui.js";
import { get } from "../api.js";
import { hear } from "../live.js";
import { query, setQuery } from "../state.js";
import { money, when } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card, Head, Icon, Loaded, Tabs, useLoaded } from "../parts/parts.js";
import { Person, Stage, Timer } from "../parts/deal.js";
import { AsOf } from "../room/asof.js";
import { Documents } from "../room/documents.js";
import { Escalated } from "../room/escalated.js";
import { Gates } from "../room/gates.js";
import { Offered } from "../room/offered.js";
import { Planned } from "../room/planned.js";
import { Qualified } from "../room/qualified.js";
import { Reviewed } from "../room/reviewed.js";
import { StagePath } from "../room/stagepath.js";
import { Sla } from "../room/sla.js";
import { Timeline } from "../room/timeline.js";
import { Waiting } from "../room/waiting.js";
import { WhatIf } from "../room/whatif.js";

const OfSla = ({ deal }) => html`<div class="stack"><${Sla} id=${deal.master_deal_id} as_of=${query.value.get("as_of")} /><${Escalated} id=${deal.master_deal_id} at=${deal.updated_at} /></div>`;
const OfTime = ({ deal }) => html`<${Timeline} id=${deal.master_deal_id} at=${deal.updated_at} />`;

const TABS = { overview: Overview, documents: Documents, planning: Planned, offers: Offered, legal: Reviewed, qualification: Qualified, sla: OfSla, timeline: OfTime, what_if: WhatIf };
const PRINTED = ["overview", "sla", "planning", "offers", "legal", "qualification", "timeline"];

// Everything on one sheet: printed as soon as it has all come.
function Sheet({ deal }) {
  const ref = useRef();
  useEffect(() => {
    const look = setInterval(() => {
      if (ref.current.querySelector(".skeleton, [aria-busy=true]")) return;
      clearInterval(look);
      if (query.peek().get("print")) { setQuery({ print: null }, { replace: true }); print(); }
    }, 300);
    return () => clearInterval(look);
  }, []);
  return html`<div class="stack" ref=${ref}>${PRINTED.map((name) => html`<section key=${name} class="sheet-part"><h2>${t(`room.${name}`)}</h2><${TABS[name]} deal=${deal} /></section>`)}</div>`;
}

const Fact = ({ name, children }) => html`<div class="fact"><dt>${name}</dt><dd>${children}</dd></div>`;

function Overview({ deal }) {
  return html`<div class="room-grid"><div class="stack"><${Waiting} id=${deal.master_deal_id} />
    <${Card} title=${t("room.gates")}><${Gates} deal=${deal} /></${Card}>
    ${deal.anomalies.length > 0 && html`<${Card} title=${t("room.anomalies")}><ul class="plain-list">${deal.anomalies.map((one) => html`<li key=${one.code + one.message}><${Badge} tone="orange" icon="alert-triangle">${named("anomalies", one.code)}</${Badge}> ${one.message}</li>`)}</ul></${Card}>`}
  </div><div class="stack">
    <${Card} title=${t("room.facts")}><dl class="facts">
      <${Fact} name=${t("deals.client")}>${deal.client?.name || t("deals.none")}${deal.client?.inn && html`<small class="sub">${t("room.inn")} ${deal.client.inn}</small>`}</${Fact}>
      <${Fact} name=${t("deals.budget")}>${money(deal.budget)}</${Fact}>
      <${Fact} name=${t("deals.industry")}>${deal.industry || "—"}</${Fact}>
      <${Fact} name=${t("deals.client_type")}>${deal.client_type || "—"}</${Fact}>
      <${Fact} name=${t("deals.manager")}><${Person} name=${deal.manager} /></${Fact}>
      <${Fact} name=${t("room.rules")}><code>${deal.rules_version}</code></${Fact}>
      <${Fact} name=${t("room.updated")}>${when(deal.updated_at)}</${Fact}></dl></${Card}>
    <${Card} title=${t("room.systems")}><dl class="facts">${Object.entries(deal.domain_stages || {}).map(([system, stage]) => html`<${Fact} key=${system} name=${named("systems", system)}>${stage}<small class="sub">${(deal.refs || []).find((ref) => ref.system === system)?.id}</small></${Fact}>`)}</dl></${Card}>
  </div></div>`;
}

export default function Room({ id }) {
  const as_of = query.value.get("as_of"), known_at = query.value.get("known_at");
  const asked = query.value.get("tab"), tab = TABS[asked] || asked === "all" ? asked : "overview";
  const deal = useLoaded((signal) => get(`/v1/deals/${encodeURIComponent(id)}`, { as_of, known_at }, { signal }), [id, as_of, known_at]);
  useEffect(() => hear((news) => { if (news.some((event) => event.subject === id || event.data?.master_deal_id === id)) deal.again(); }), [id]);
  const Shown = tab === "all" ? Sheet : TABS[tab];
  return html`<${Loaded} of=${deal} lines=${12}>${(value) => html`
    <${Head} title=${value.title || t("deals.untitled")} sub=${html`${value.master_deal_id} · ${value.client?.name || t("deals.none")} · <${Stage} code=${value.aggregated_stage} />`}>
      <div class="row-line">${value.sla.filter((timer) => ["breached", "at_risk", "suspended", "running"].includes(timer.state)).map((timer) => html`<${Timer} key=${timer.timer} timer=${timer} />`)}
      <button class="btn btn-sm" type="button" onClick=${() => setQuery({ tab: "all", print: 1 })}><${Icon} name="printer" size=${16} /> ${t("room.print")}</button></div></${Head}>
    <${AsOf} deal=${value} as_of=${as_of} known_at=${known_at} />
    <${StagePath} deal=${value} at=${as_of} />
    <${Tabs} label=${t("room.parts")} tabs=${[...Object.keys(TABS), "all"].map((name) => [name, t(`room.${name}`)])} chosen=${tab} choose=${(next) => setQuery({ tab: next === "overview" ? null : next }, { replace: true })} />
    <div class="tab-panel" role="tabpanel" aria-label=${t(`room.${tab}`)}><${Shown} deal=${value} /></div>`}</${Loaded}>`;
}
