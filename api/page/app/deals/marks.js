// How a deal looks in the lists: as a card, and its marks.
import { html } from "../../vendor/ui.js";
import { money, span } from "../format.js";
import { t } from "../words.js";
import { Icon, Link } from "../parts/parts.js";
import { Anomalies, Timer, urgent } from "../parts/deal.js";

export const address = (deal) => `/deals/${encodeURIComponent(deal.master_deal_id)}`;

// Seconds at the present stage; null where the deal has left the pipeline.
export function age(deal) {
  const last = deal.stages.at(-1);
  return last && !last.completed_at && !["closed", "cancelled"].includes(deal.aggregated_stage) ? (Date.now() - Date.parse(last.started_at)) / 1000 : null;
}

export const stale = (deal, after) => { const days = after?.[deal.aggregated_stage]; return days !== undefined && age(deal) >= days * 86400; };

export function Age({ deal, after }) {
  const seconds = age(deal);
  if (seconds === null) return "—";
  const old = stale(deal, after);
  return html`<span class="age ${old ? "stale" : ""}" title=${old ? t("deals.stale_after", { n: after[deal.aggregated_stage] }) : t("deals.at_stage")}><${Icon} name=${old ? "history" : "clock"} size=${14} />${span(seconds)}</span>`;
}

export const state = (deal) => ({ breached: "broken", at_risk: "warned" })[urgent(deal.sla)?.state] || "";

export function DealCard({ deal, after }) {
  const timer = urgent(deal.sla);
  return html`<${Link} to=${address(deal)} class="deal-card ${state(deal)}">
    <b class="clamp">${deal.title || t("deals.untitled")}</b><small class="sub one-line">${deal.client?.name || t("deals.none")}</small>
    <span class="row-line spread"><span class="nowrap">${money(deal.budget, { short: true })} <${Anomalies} items=${deal.anomalies} /></span><small class="sub"><${Age} deal=${deal} after=${after} /></small></span>
    <span class="timer-line">${timer ? html`<${Timer} timer=${timer} brief />` : ""}</span>
    <small class="sub one-line">${deal.master_deal_id}${deal.manager ? ` · ${deal.manager}` : ""}</small></${Link}>`;
}
