// This period beside the one before it, of the same length.
import { html } from "../../vendor/ui.js";
import { day, number, percent, spent } from "../format.js";
import { named, t } from "../words.js";
import { Card } from "../parts/parts.js";
import { Change, Deals } from "./marks.js";

const points = (share) => `${number(share * 100, 1)} ${t("dashboard.points")}`;

export function Trend({ board }) {
  const { now, before } = board.trend;
  const counts = [["created", 1], ["won", 1], ["lost", -1]], shares = [["win_rate", 1], ["late_share", -1]];
  return html`<${Card} flush title=${t("dashboard.trend")}><div class="table-wrap"><table class="table compact"><thead><tr><th><span class="hidden">${t("dashboard.figure")}</span></th>${[now, before].map((one, n) => html`<th class="number" key=${n}>${t(n ? "dashboard.before_period" : "dashboard.this_period")}<small class="sub">${day(one.from).slice(0, 5)}–${day(one.to).slice(0, 5)}</small></th>`)}<th class="number">${t("dashboard.change")}</th></tr></thead><tbody>
    ${counts.map(([name, good]) => html`<tr key=${name}><td>${t(`dashboard.flow_${name}`)}</td>${[now, before].map((one, n) => html`<td class="number" key=${n}><${Deals} href=${one.hrefs[name]} of=${one[name]} /></td>`)}<td class="number"><${Change} now=${now[name]} before=${before[name]} good=${good} /></td></tr>`)}
    ${shares.map(([name, good]) => html`<tr key=${name}><td>${t(`dashboard.${name}`)}</td>${[now, before].map((one, n) => html`<td class="number" key=${n} title=${one[name] ? `${one[name].part} / ${one[name].whole}` : null}>${percent(one[name]?.value)}</td>`)}<td class="number"><${Change} now=${now[name]?.value} before=${before[name]?.value} good=${good} unit=${points} /></td></tr>`)}
    ${board.sla.map(({ timer, calendar }) => html`<tr key=${timer}><td>${named("timers", timer)}</td>${[now, before].map((one, n) => html`<td class="number" key=${n} title=${t("dashboard.settled", { n: one.sla[timer].settled })}>${spent(one.sla[timer].mean_s, board.calendar === "working" ? "working" : "elapsed")}</td>`)}<td class="number"><${Change} now=${now.sla[timer].mean_s} before=${before.sla[timer].mean_s} good=${-1} unit=${(value) => spent(value, board.calendar)} /></td></tr>`)}</tbody></table></div></${Card}>`;
}
