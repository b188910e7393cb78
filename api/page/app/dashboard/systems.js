// What the source systems say of the deals: their own stages, promised dates, and what does not add up.
import { html } from "../../vendor/ui.js";
import { number } from "../format.js";
import { named, t } from "../words.js";
import { Card } from "../parts/parts.js";
import { Bar, Deals } from "./marks.js";

const STATES = ["in_time", "late", "overdue", "open"];

const Counted = ({ title, head, rows }) => {
  const most = Math.max(1, ...rows.map((row) => row.deals));
  return html`<${Card} flush title=${title}><div class="table-wrap tall"><table class="table compact"><thead><tr><th>${head}</th><th class="number">${t("dashboard.deals")}</th><th><span class="hidden">${t("dashboard.share")}</span></th></tr></thead><tbody>
    ${rows.map((row) => html`<tr key=${row.key}><td>${row.name}</td><td class="number"><${Deals} href=${row.href} of=${row.deals} /></td><td class="bar-cell"><${Bar} share=${row.deals / most} tone=${row.tone} /></td></tr>`)}</tbody></table></div></${Card}>`;
};

export function Systems({ board }) {
  const { domain_stages, deadlines, anomalies } = board;
  if (!domain_stages.length && !deadlines.length && !anomalies.length) return null;
  return html`<div class="halves">
    ${domain_stages.length > 0 && html`<${Counted} title=${t("dashboard.domain_stages")} head=${t("dashboard.domain_stage")} rows=${domain_stages.map((one) => ({ ...one, key: `${one.system}:${one.stage}`, name: html`<span class="text-secondary">${named("systems", one.system)}:</span> ${one.stage}` }))} />`}
    <div class="stack">${deadlines.length > 0 && html`<${Card} flush title=${t("dashboard.deadlines")}><div class="table-wrap"><table class="table compact"><thead><tr><th>${t("dashboard.deadline")}</th><th class="number">${t("dashboard.with_deadline")}</th>${STATES.map((state) => html`<th class="number" key=${state}>${named("deadline_states", state)}</th>`)}</tr></thead><tbody>
      ${deadlines.map((one) => html`<tr key=${one.deadline}><td>${named("deadlines", one.deadline)}</td><td class="number">${number(one.with_deadline)}</td>${STATES.map((state) => html`<td class="number" key=${state}>${one[state] ? html`<${Deals} href=${one.hrefs[state]} of=${one[state]} />` : "0"}</td>`)}</tr>`)}</tbody></table></div></${Card}>`}
    ${anomalies.length > 0 && html`<${Counted} title=${t("dashboard.anomalies")} head=${t("dashboard.anomaly")} rows=${anomalies.map((one) => ({ ...one, key: one.code, name: named("anomalies", one.code), tone: "orange" }))} />`}</div></div>`;
}
