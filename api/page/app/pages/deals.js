// All deals: as a board, a table or a list; filters in the address; live.
import { html, useEffect, useMemo, useState } from "../../vendor/ui.js";
import { get } from "../api.js";
import { hear } from "../live.js";
import { query, setQuery } from "../state.js";
import { money, number, span, when } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card, Choice, Empty, Head, Icon, Link, Loaded, useLoaded } from "../parts/parts.js";
import { Anomalies, Path, Person, Stage, Timer, urgent } from "../parts/deal.js";

const NOT_FILTERS = ["view", "lang", "limit", "cursor"];
const CONTROLS = ["q", "stage"];
const LANES = ["draft", "briefed", "planning", "offer_ready", "contracting", "launching", "running", "closing", "closed", "cancelled"];
const VIEWS = ["board", "table", "list"];

// Whatever the address asks for: a number on the dashboard may ask for more than the controls here offer.
const chosen = () => Object.fromEntries([...query.value].filter(([name, value]) => value && !NOT_FILTERS.includes(name)));
const page = (extra, signal) => get("/v1/deals", { ...chosen(), ...extra }, { signal });

// Pages of deals that grow by "more" and are read anew when something happened to one of them.
function useDeals(extra, limit) {
  const key = JSON.stringify([chosen(), extra]);
  const [more, setMore] = useState({ key, items: [], next: undefined });
  const first = useLoaded((signal) => page({ ...extra, limit }, signal), [key]);
  useEffect(() => hear(() => first.again(), 1000), [key]);
  const grown = more.key === key ? more : { items: [], next: undefined };
  const seen = new Set(first.value?.items.map((deal) => deal.master_deal_id));
  const items = first.value ? [...first.value.items, ...grown.items.filter((deal) => !seen.has(deal.master_deal_id))] : null;
  const next = grown.next === undefined ? first.value?.next_cursor : grown.next;
  const load = async () => {
    const answer = await page({ ...extra, limit, cursor: next });
    setMore({ key, items: [...grown.items, ...answer.items], next: answer.next_cursor });
  };
  return { ...first, value: items, next, load };
}

const More = ({ deals }) => deals.next ? html`<div class="p-2 text-center"><button class="btn btn-sm" type="button" onClick=${deals.load}>${t("say.more")}</button></div>` : null;

function DealCard({ deal }) {
  const timer = urgent(deal.sla);
  return html`<${Link} to=${`/deals/${encodeURIComponent(deal.master_deal_id)}`} class="deal-card ${timer?.state === "breached" ? "broken" : timer?.state === "at_risk" ? "warned" : ""}">
    <b>${deal.title || t("deals.untitled")}</b><small class="sub">${deal.client?.name || t("deals.none")}</small>
    <span class="row-line spread"><span class="nowrap">${money(deal.budget, { short: true })}</span><${Anomalies} items=${deal.anomalies} /></span>
    ${timer && html`<span><${Timer} timer=${timer} brief /></span>`}
    <small class="sub">${deal.master_deal_id}${deal.manager ? ` · ${deal.manager}` : ""}</small></${Link}>`;
}

function Lane({ stage }) {
  const deals = useDeals({ stage }, 30);
  return html`<section class="lane" aria-label=${named("stages", stage)}><div class="lane-head"><h2><${Stage} code=${stage} /></h2><span class="count">${deals.value ? number(deals.value.length) + (deals.next ? "+" : "") : ""}</span></div>
    <div class="lane-list" tabindex="0" role="group" aria-label=${named("stages", stage)}><${Loaded} of=${deals} lines=${3}>${(items) => items.length ? html`<div class="stack">${items.map((deal) => html`<${DealCard} key=${deal.master_deal_id} deal=${deal} />`)}<${More} deals=${deals} /></div>` : html`<p class="text-secondary p-2 mb-0">—</p>`}</${Loaded}></div></section>`;
}

const Board = () => html`<div class="board">${(query.value.get("stage")?.split(",") || LANES).map((stage) => html`<${Lane} key=${stage} stage=${stage} />`)}</div>`;

function Table() {
  const deals = useDeals({}, 50);
  return html`<${Card} flush label=${t("deals.title")}><${Loaded} of=${deals} lines=${10}>${(items) => items.length ? html`<div class="table-wrap"><table class="table"><thead><tr>
    <th>${t("deals.deal")}</th><th>${t("deals.client")}</th><th>${t("deals.stage")}</th><th class="number">${t("deals.budget")}</th><th>${t("deals.sla")}</th><th>${t("deals.missing")}</th><th>${t("deals.manager")}</th><th>${t("deals.attention")}</th></tr></thead>
    <tbody>${items.map((deal) => html`<tr key=${deal.master_deal_id}>
      <td><${Link} class="main" to=${`/deals/${encodeURIComponent(deal.master_deal_id)}`}>${deal.title || t("deals.untitled")}</${Link}><small class="sub">${deal.master_deal_id}</small></td>
      <td>${deal.client?.name || t("deals.none")}<small class="sub">${deal.industry || ""}</small></td>
      <td><${Stage} code=${deal.aggregated_stage} /><small class="sub"><${Path} step=${deal.pipeline_step} /></small></td>
      <td class="number">${money(deal.budget, { basis: false })}<small class="sub">${deal.budget?.vat && deal.budget.vat !== "none" ? t(`money.${deal.budget.vat}`) : ""}</small></td>
      <td>${urgent(deal.sla) ? html`<${Timer} timer=${urgent(deal.sla)} />` : "—"}</td>
      <td>${deal.missing?.length ? deal.missing.map((gate) => html`<${Badge} title=${gate}>${named("gates", gate)}</${Badge}> `) : "—"}</td>
      <td><${Person} name=${deal.manager} /></td><td><${Anomalies} items=${deal.anomalies} /></td></tr>`)}</tbody></table></div><${More} deals=${deals} />`
    : html`<${Empty} title=${t("deals.nothing")} />`}</${Loaded}></${Card}>`;
}

function List() {
  const deals = useDeals({}, 50);
  return html`<${Loaded} of=${deals} lines=${8}>${(items) => items.length ? html`<div class="stack">${items.map((deal) => html`<${DealCard} key=${deal.master_deal_id} deal=${deal} />`)}<${More} deals=${deals} /></div>` : html`<${Empty} title=${t("deals.nothing")} />`}</${Loaded}>`;
}

// A filter in words: its name, and its value where that is not a mere yes.
function said(name, value) {
  const words = { timer: () => named("timers", value), sla: () => named("states", value), outcome: () => named("outcomes_of_deals", value), reached: () => named("stages", LANES[value]), anomaly: () => named("anomalies", value) }[name]?.() ?? (/^\d{4}-\d\d-\d\dT/.test(value) ? when(value) : /_age_(min|max)$/.test(name) ? span(Number(value)) : value);
  return value === "true" ? named("filters", name) : `${named("filters", name)}: ${words}`;
}

function Filters() {
  const q = query.value;
  const slas = [["", t("say.all")], ["breached", named("states", "breached")], ["at_risk", named("states", "at_risk")], ["running", named("states", "running")]];
  const all = Object.keys(chosen()), any = all.length > 0;
  const others = all.filter((name) => !CONTROLS.includes(name) && !(name === "sla" && !q.get("timer")));
  return html`<div class="filters"><${Choice} label=${t("deals.which")} options=${slas} chosen=${q.get("sla") || ""} choose=${(sla) => setQuery({ sla })} />
    <select class="form-select" aria-label=${t("deals.stage")} value=${q.get("stage") || ""} onChange=${(event) => setQuery({ stage: event.target.value })}><option value="">${t("deals.stage")}: ${t("say.all")}</option>${LANES.map((stage) => html`<option key=${stage} value=${stage}>${named("stages", stage)}</option>`)}</select>
    <input class="form-control" type="search" aria-label=${t("deals.filter")} placeholder=${t("deals.filter")} value=${q.get("q") || ""} onChange=${(event) => setQuery({ q: event.target.value })} />
    ${others.map((name) => html`<span class="chip" key=${name}>${said(name, q.get(name))} <button type="button" aria-label=${`${t("say.clear")}: ${named("filters", name)}`} onClick=${() => setQuery({ [name]: null })}><${Icon} name="x" size=${14} /></button></span>`)}
    ${any && html`<button class="btn btn-ghost btn-sm" type="button" onClick=${() => setQuery(Object.fromEntries(all.map((name) => [name, null])))}><${Icon} name="x" size=${16} /> ${t("say.clear")}</button>`}</div>`;
}

export default function Deals() {
  const view = VIEWS.includes(query.value.get("view")) ? query.value.get("view") : "table";
  const Shown = useMemo(() => ({ board: Board, table: Table, list: List })[view], [view]);
  return html`<${Head} title=${t("deals.title")}><${Choice} label=${t("deals.view")} options=${[["board", t("deals.board"), "layout-kanban"], ["table", t("deals.table"), "table"], ["list", t("deals.list"), "list"]]} chosen=${view} choose=${(next) => setQuery({ view: next === "table" ? null : next })} /></${Head}>
    <${Filters} /><${Shown} />`;
}
