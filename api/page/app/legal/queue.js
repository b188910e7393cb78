// What waits for a lawyer: deals on their way to a signed contract, the most urgent first, and whether each was reviewed.
import { html, useEffect } from "../../vendor/ui.js";
import { get, getAll } from "../api.js";
import { hear } from "../live.js";
import { when } from "../format.js";
import { t } from "../words.js";
import { Badge, Card, Empty, Icon, Link, Loaded, useLoaded } from "../parts/parts.js";
import { Person, Timer, urgent } from "../parts/deal.js";

const SHOWN = 12;

async function waiting(signal) {
  const deals = (await getAll("/v1/deals", { stage: "contracting" }, { signal })).map((deal) => ({ deal, timer: urgent(deal.sla) }));
  deals.sort((a, b) => Date.parse(a.timer?.due_at ?? "9999-01-01") - Date.parse(b.timer?.due_at ?? "9999-01-01"));
  const reviews = await Promise.all(deals.slice(0, SHOWN).map(({ deal }) => get(`/v1/deals/${encodeURIComponent(deal.master_deal_id)}/decisions`, { kind: "legal", limit: 1 }, { signal })));
  return { rows: deals.slice(0, SHOWN).map((one, n) => ({ ...one, review: reviews[n].items[0] })), more: Math.max(0, deals.length - SHOWN) };
}

export function Queue() {
  const loaded = useLoaded(waiting, []);
  useEffect(() => hear((news) => news.some((event) => /stage|sla/.test(event.type)) && loaded.again(), 3000), []);
  return html`<${Card} flush title=${t("legal.queue")} aside=${html`<span class="text-secondary">${t("legal.queue_sub")}</span>`}><${Loaded} of=${loaded}>${({ rows, more }) => (rows.length ? html`<div class="table-wrap"><table class="table"><thead><tr><th>${t("deals.deal")}</th><th>${t("deals.sla")}</th><th>${t("deals.manager")}</th><th>${t("legal.findings")}</th><th></th></tr></thead><tbody>${rows.map(({ deal, timer, review }) => { const id = encodeURIComponent(deal.master_deal_id); return html`<tr key=${deal.master_deal_id}><td><${Link} class="main" to=${`/deals/${id}?tab=legal`}>${deal.title || t("deals.untitled")}</${Link}><small class="sub">${deal.master_deal_id} · ${deal.client?.name || t("deals.none")}</small></td><td>${timer ? html`<${Timer} timer=${timer} brief />` : "—"}</td><td><${Person} name=${deal.manager} /></td><td>${review ? html`<${Badge} tone="green">${t("legal.read")}</${Badge}><small class="sub">${when(review.made_at)} · ${review.by}</small>` : html`<${Badge} tone="yellow">${t("legal.not_read")}</${Badge}>`}</td><td><${Link} class="btn btn-sm" to=${`/legal?deal=${id}`}><${Icon} name="scale" size=${16} /> ${t("legal.review_of")}</${Link}></td></tr>`; })}</tbody></table></div>${more > 0 && html`<p class="p-2 mb-0 text-center"><${Link} to="/deals?stage=contracting">${t("say.more")} (${more})</${Link}></p>`}` : html`<${Empty} icon="circle-check" title=${t("legal.queue_none")} />`)}</${Loaded}></${Card}>`;
}
