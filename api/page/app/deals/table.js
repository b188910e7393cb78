// The table: a row a deal; the heads of its columns order it.
import { html } from "../../vendor/ui.js";
import { money } from "../format.js";
import { setQuery } from "../state.js";
import { named, t } from "../words.js";
import { Card, Icon, Link, Trouble } from "../parts/parts.js";
import { Anomalies, Path, Stage, Timer, urgent } from "../parts/deal.js";
import { Windowed } from "../parts/windowed.js";
import { sort, useDeals } from "./asked.js";
import { Age, address, state } from "./marks.js";

const HEIGHT = 58;
const COLUMNS = [["deal", "title"], ["client", "client"], ["stage", null], ["budget", "-budget"], ["sla", "due"], ["at_stage", "-age"], ["missing", null], ["manager", null]];

function Head() {
  const now = sort();
  return html`<thead><tr aria-rowindex="1">${COLUMNS.map(([name, by]) => html`<th key=${name} class="col-${name} ${name === "budget" ? "number" : ""}" aria-sort=${by && by === now ? (by.startsWith("-") ? "descending" : "ascending") : null}>${by ? html`<button class="sorter ${by === now ? "chosen" : ""}" type="button" onClick=${() => setQuery({ sort: by === "due" ? null : by })}>${t(`deals.${name}`)}${by === now && html`<${Icon} name="chevron-down" size=${14} />`}</button>` : t(`deals.${name}`)}</th>`)}</tr></thead>`;
}

function Row({ deal, n, after }) {
  const timer = urgent(deal.sla), [first, ...others] = deal.missing || [];
  return html`<tr class="deal-row ${state(deal)}" aria-rowindex=${n + 2}>
    <td><${Link} class="main one-line" to=${address(deal)} title=${deal.title}>${deal.title || t("deals.untitled")}</${Link}><small class="sub one-line">${deal.master_deal_id} <${Anomalies} items=${deal.anomalies} /></small></td>
    <td><span class="one-line" title=${deal.client?.name}>${deal.client?.name || t("deals.none")}</span><small class="sub one-line">${deal.industry || ""}</small></td>
    <td><${Stage} code=${deal.aggregated_stage} /><small class="sub"><${Path} step=${deal.pipeline_step} /></small></td>
    <td class="number">${money(deal.budget, { basis: false })}<small class="sub">${deal.budget?.vat && deal.budget.vat !== "none" ? t(`money.${deal.budget.vat}`) : ""}</small></td>
    <td>${timer ? html`<${Timer} timer=${timer} brief /><small class="sub one-line">${named("timers", timer.timer)}</small>` : "—"}</td>
    <td class="nowrap"><${Age} deal=${deal} after=${after} /></td>
    <td>${first ? html`<span class="one-line" title=${deal.missing.map((gate) => named("gates", gate)).join(", ")}>${named("gates", first)}</span>${others.length > 0 && html`<small class="sub">${t("deals.and_more", { n: others.length })}</small>`}` : "—"}</td>
    <td><span class="two-lines" title=${deal.manager}>${deal.manager || "—"}</span></td></tr>`;
}

export function Table({ choices }) {
  const pages = useDeals(), total = choices.deals;
  if (pages.problem) return html`<${Trouble} problem=${pages.problem} again=${pages.refresh} />`;
  const gap = (px) => px > 0 && html`<tr aria-hidden="true" class="gap"><td colspan=${COLUMNS.length} style=${{ height: `${px}px` }}></td></tr>`;
  return html`<${Card} flush label=${t("deals.title")}><${Windowed} pages=${pages} total=${total} height=${HEIGHT} className="rows" label=${t("deals.title")}
    row=${(deal, n) => html`<${Row} key=${deal.master_deal_id} deal=${deal} n=${n} after=${choices.stale_after} />`}
    blank=${(n) => html`<tr class="deal-row placeholder-glow" key=${n} aria-rowindex=${n + 2}><td colspan=${COLUMNS.length}><span class="placeholder col-${5 + (n % 5)}"></span></td></tr>`}
    frame=${(rows, before, behind) => html`<table class="table deals-table" aria-rowcount=${total + 1}><${Head} /><tbody>${gap(before)}${rows}${gap(behind)}</tbody></table>`} /></${Card}>`;
}
