// The same figures by industry, budget, client type, manager or source; p50 against the limit as a heat map.
import { html } from "../../vendor/ui.js";
import { percent, spent } from "../format.js";
import { lang, setQuery } from "../state.js";
import { named, t } from "../words.js";
import { Card, Choice } from "../parts/parts.js";
import { ranged } from "../filters/budget.js";
import { Deals, Sums, limited } from "./marks.js";

const banded = (key) => {
  const [, currency, low, high] = String(key).match(/^(\S+) (\d+)-(\d*)$/) || [];
  return currency ? ranged({ currency, budget_min: Number(low) ? low : null, budget_below: high || null }) : key;
};

const called = (group, group_by) => (group.value !== null && { stage: () => named("stages", group.value), source: () => named("systems", group.value), budget: () => banded(group.value) }[group_by]?.()) || (group.name?.[lang.value] ?? group.value ?? "—");

const heat = (share) => (share === null ? "" : share > 1 ? "heat-3" : share > 0.8 ? "heat-2" : share > 0.5 ? "heat-1" : "heat-0");

export function Groups({ board, group_by, groups }) {
  return html`<${Card} flush title=${t("dashboard.groups")} aside=${html`<${Choice} label=${t("dashboard.group_by")} options=${groups.map((one) => [one, t(`dashboard.by_${one}`)])} chosen=${group_by} choose=${(next) => setQuery({ group_by: next }, { replace: true })} />`}><div class="table-wrap"><table class="table segments"><thead><tr><th>${t(`dashboard.by_${group_by}`)}</th><th class="number">${t("dashboard.deals")}</th><th class="number">${t("dashboard.sums")}</th><th class="number">${t("dashboard.win_rate")}</th><th class="number">${t("dashboard.late")}</th>${board.sla.map((timer) => html`<th class="number" key=${timer.timer}>${named("timers", timer.timer)}<small class="sub">p50</small></th>`)}</tr></thead><tbody>
    ${board.groups.map((group) => html`<tr key=${group.value ?? "none"}><td>${called(group, group_by)}</td><td class="number"><${Deals} href=${group.href} of=${group.deals} /></td><td class="number"><${Sums} sums=${group.sums} /></td><td class="number">${group.win_rate ? html`<${Deals} href=${group.hrefs.won} of=${group.won} title=${`${group.won} / ${group.won + group.lost}`}>${percent(group.win_rate.value)}</${Deals}>` : "—"}</td><td class="number">${group.breach_share ? html`<${Deals} href=${group.hrefs.late} of=${group.late_deals}>${percent(group.breach_share.value)}</${Deals}>` : "—"}</td>
      ${board.sla.map((timer) => { const one = group.sla[timer.timer], p50 = one?.to_target_s?.p50 ?? null, limit = limited(timer, board); return html`<td class="number ${heat(p50 === null || limit === null ? null : p50 / limit)}" key=${timer.timer}>${p50 === null ? "—" : html`<${Deals} href=${one.breached_href} of=${one.breached} title=${t("dashboard.late_of", { n: one.breached, of: one.started })}>${spent(p50, board.calendar)}</${Deals}>`}</td>`; })}</tr>`)}</tbody></table></div></${Card}>`;
}
