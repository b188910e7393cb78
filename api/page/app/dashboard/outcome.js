// What became of the deals that ended: how long they took, and for how much they were won.
import { html } from "../../vendor/ui.js";
import { number, percent, spent } from "../format.js";
import { t } from "../words.js";
import { Card } from "../parts/parts.js";
import { Deals, Sums } from "./marks.js";

export function Outcome({ board }) {
  const { outcome, calendar } = board, cycle = outcome.cycle_s;
  if (!cycle?.count && !outcome.won && !outcome.lost) return null;
  const row = (name, value) => html`<div class="fact"><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<${Card} title=${t("dashboard.outcome")}><dl class="facts">
    ${row(t("dashboard.win_rate"), html`${percent(outcome.win_rate?.value, 2)} <span class="text-secondary">= ${number(outcome.won)} / ${number(outcome.won + outcome.lost)}</span>`)}
    ${row(t("dashboard.won_sum"), outcome.won_sums.length ? html`<${Sums} sums=${outcome.won_sums} />` : "—")}
    ${row(t("dashboard.cycle_mean"), html`${spent(cycle?.mean, calendar)} <span class="text-secondary">p50 ${spent(cycle?.p50, calendar)} · p90 ${spent(cycle?.p90, calendar)} · ${t("dashboard.of_ended", { n: cycle?.count ?? 0 })}</span>`)}
    ${row(t("dashboard.longer_than"), html`<span class="row-line">${Object.entries(outcome.cycle_longer_than_days).map(([days, deals]) => html`<span class="nowrap" key=${days}>${t("dashboard.days_short", { n: days })}: <${Deals} href=${outcome.cycle_hrefs[days]} of=${deals} /></span>`)}</span>`)}
  </dl></${Card}>`;
}
