// The media plan: scenarios side by side, its lines, what was left out and why; or why there can be none.
import { html } from "../../vendor/ui.js";
import { download } from "../api.js";
import { day, money, number, percent } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card, Icon } from "../parts/parts.js";

const Range = ({ value, forecast }) => html`${number(value)}${forecast && forecast.low !== forecast.high && html`<small class="sub">${number(forecast.low)}–${number(forecast.high)}</small>`}`;

// "kpi.clicks + share_max.push" in words.
const bound = (constraint) => constraint.split(" + ").map((one) => {
  const [name, of] = one.split(".");
  return of ? `${named("constraints", name)}: ${named(name === "kpi" ? "metrics" : "channels", of)}` : named("constraints", name);
}).join(", ");

const inUnits = (value, unit) => {
  const figure = Number(value);
  if (value === null || value === undefined || Number.isNaN(figure)) return "—";
  return unit === "RUB" ? money({ amount: value, currency: "RUB" }, { basis: false }) : unit === "share" ? percent(figure, 1) : `${number(figure, 2)} ${named("sold_in", unit)}`;
};

const Eased = ({ of }) => html`${bound(of.constraint)}: <s>${inUnits(of.given ?? of.from, of.unit)}</s> → <b>${inUnits(of.needed ?? of.to, of.unit)}</b>`;

export function Impossible({ why }) {
  const eased = why.relaxation;
  return html`<${Card} title=${t("planning.impossible")}><p class="mb-2">${why.why}</p><dl class="facts"><div class="fact"><dt>${t("planning.constraint")}</dt><dd>${bound(why.constraint)}</dd></div>${why.by !== null && why.by !== undefined && eased && html`<div class="fact"><dt>${t("planning.by")}</dt><dd>${inUnits(why.by, eased.unit)}</dd></div>`}${eased && html`<div class="fact"><dt>${t("planning.relaxation")}</dt><dd><${Eased} of=${eased} /></dd></div>`}</dl>
    ${why.others?.length > 0 && html`<details><summary>${t("planning.others", { n: why.others.length })}</summary><ul class="mb-0">${why.others.map((one) => html`<li key=${one.constraint}><${Eased} of=${one} /></li>`)}</ul></details>`}</${Card}>`;
}

// What is bought: lines, prices, forecast, totals.
export const PlanLines = ({ plan }) => html`<div class="table-wrap plan-lines" tabindex="0" role="group" aria-label=${t("planning.plan")}><table class="table"><thead><tr><th>${t("planning.channel")}</th><th>${t("planning.model")}</th><th class="number">${t("planning.units")}</th><th class="number">${t("planning.price")}</th><th class="number">${t("planning.cost")}</th><th class="number">${t("planning.vat")}</th><th class="number">${t("planning.impressions")}</th><th class="number">${t("planning.clicks")}</th><th class="number">${t("planning.reach")}</th><th class="number">${t("planning.frequency")}</th><th>${t("planning.dates")}</th></tr></thead>
    <tbody>${plan.lines.map((line) => html`<tr key=${line.option}><td><b>${line.title}</b><small class="sub">${line.price_mark === "demo" ? t("planning.demo_price") : line.price_source}</small></td><td>${line.model}</td><td class="number">${number(line.units)}</td><td class="number">${money(line.price, { basis: false })}</td><td class="number">${money(line.cost, { basis: false })}</td><td class="number">${money(line.vat_amount, { basis: false })}<small class="sub">${percent(Number(line.cost.vat_rate))}</small></td><td class="number"><${Range} value=${line.impressions} forecast=${line.forecast?.impressions} /></td><td class="number"><${Range} value=${line.clicks} forecast=${line.forecast?.clicks} /></td><td class="number"><${Range} value=${line.reach} forecast=${line.forecast?.reach} /></td><td class="number">${number(line.frequency, 2)}</td><td class="nowrap">${day(line.period_start)}<small class="sub">${day(line.period_end)}</small></td></tr>`)}</tbody>
    <tfoot><tr><th scope="row" colspan="4">${t("planning.total")}</th><td class="number"><b>${money(plan.totals.net)}</b></td><td class="number"><b>${money(plan.totals.vat, { basis: false })}</b></td><td class="number">${number(plan.totals.impressions)}</td><td class="number">${number(plan.totals.clicks)}</td><td class="number">${number(plan.totals.reach)}</td><td class="number">${number(plan.totals.frequency, 2)}</td><td class="number"><b>${money(plan.totals.gross)}</b></td></tr></tfoot></table></div>`;

export function Plan({ answer, choose, draft, busy }) {
  const plan = answer.result;
  if (plan.infeasible) return html`<${Impossible} why=${plan.infeasible} />`;
  const demo = plan.lines.some((line) => line.price_mark === "demo");
  return html`<${Card} flush title=${t("planning.plan")} aside=${(plan.files || []).map((file) => html`<button key=${file.name} class="btn btn-sm" type="button" onClick=${() => download(file.href, file.name)}><${Icon} name="download" size=${16} /> ${file.name.split(".").pop().toUpperCase()}</button>`)}>
    <div class="scenarios">${plan.scenarios.map((one) => html`<button key=${one.name} type="button" class="scenario ${one.name === plan.scenario ? "chosen" : ""}" aria-pressed=${one.name === plan.scenario ? "true" : "false"} onClick=${() => choose(one.name)}>
      <b>${named("scenarios", one.name)}</b><span>${t("planning.reach")}: ${number(one.totals.reach)} (${number(one.totals.reach_percent, 1)} %)</span><span>${t("planning.clicks")}: ${number(one.totals.clicks)}</span><span>${t("planning.conversions")}: ${number(one.totals.conversions)}</span><span>${money(one.spent)}</span>${one.kpi.map((kpi) => html`<${Badge} key=${kpi.metric} tone=${kpi.met ? "green" : "yellow"}>${named("metrics", kpi.metric)}: ${number(kpi.expected)} / ${number(kpi.target)}</${Badge}>`)}${one.optimality && html`<small class="sub">${t("planning.gap", { gap: percent(Number(one.optimality.gap), 3) })}</small>`}</button>`)}</div>
    ${demo && html`<p class="alert alert-warning m-3 mb-0">${t("planning.demo_prices")}</p>`}
    <${PlanLines} plan=${plan} />
    <div class="p-3 stack">${plan.refused.length > 0 && html`<details><summary>${t("planning.refused", { n: plan.refused.length })}</summary><ul class="mb-0">${plan.refused.map((one) => html`<li key=${one.channel + one.reason}><b>${named("channels", one.channel)}</b>: ${one.why}${one.rule_id ? html` <code>${one.rule_id}</code>` : ""}</li>`)}</ul></details>`}
    ${plan.assumptions.length > 0 && html`<details><summary>${t("planning.assumptions", { n: plan.assumptions.length })}</summary><ul class="mb-0">${plan.assumptions.map((one) => html`<li key=${one}>${one}</li>`)}</ul></details>`}
    <div><button class="btn btn-primary" type="button" disabled=${busy} onClick=${draft}><${Icon} name="file-dollar" /> ${t("planning.make_offer")}</button> <span class="text-secondary">${t("planning.unspent")}: ${money(plan.unspent)}</span></div></div></${Card}>`;
}
