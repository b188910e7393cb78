// Five timers against their limits: mean, p50, p90, and the share that was late.
import { html } from "../../vendor/ui.js";
import { number, percent, spent } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card } from "../parts/parts.js";
import { Deals } from "./marks.js";

// Limit, median and ninth decile on one scale.
function Scale({ timer }) {
  const { p50, p90 } = timer.to_target_s || {};
  const most = Math.max(timer.limit_s, p90 || 0) * 1.1, x = (value) => (value / most) * 100;
  return html`<svg class="scale" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label=${t("dashboard.scale", { p50: spent(p50, timer.calendar), p90: spent(p90, timer.calendar), limit: spent(timer.limit_s, timer.calendar) })}><rect class="ground" y="3" width="100" height="4" />${p90 !== undefined && html`<rect class=${p90 > timer.limit_s ? "late" : "well"} y="3" width=${x(p90)} height="4" opacity=".45" /><rect class=${p50 > timer.limit_s ? "late" : "well"} y="3" width=${x(p50)} height="4" />`}<rect class="limit" x=${x(timer.limit_s) - 0.5} width="1" height="10" /></svg>`;
}

export function SlaTable({ board }) {
  return html`<${Card} flush title="SLA"><div class="table-wrap"><table class="table"><thead><tr><th>SLA</th><th class="number">${t("dashboard.mean")}</th><th class="number">p50</th><th class="number">p90</th><th class="number">${t("dashboard.limit")}</th><th class="number">${t("dashboard.late")}</th></tr></thead><tbody>
    ${board.sla.map((timer) => html`<tr key=${timer.timer}><td>${named("timers", timer.timer)}<${Scale} timer=${timer} /></td><td class="number">${spent(timer.to_target_s?.mean, timer.calendar)}</td><td class="number">${spent(timer.to_target_s?.p50, timer.calendar)}</td><td class="number ${timer.to_target_s?.p90 > timer.limit_s ? "over-limit" : ""}">${spent(timer.to_target_s?.p90, timer.calendar)}</td><td class="number">${spent(timer.limit_s, timer.calendar)}</td>
      <td class="number"><${Deals} href=${timer.breached_href} title=${`${timer.breached} / ${timer.started}`}>${percent(timer.breach_share?.value)}</${Deals}><small class="sub">${timer.states.breached > 0 && html`<${Deals} href=${timer.state_hrefs.breached}><${Badge} tone="red">${number(timer.states.breached)}</${Badge}></${Deals}>`} ${timer.states.at_risk > 0 && html`<${Deals} href=${timer.state_hrefs.at_risk}><${Badge} tone="yellow">${number(timer.states.at_risk)}</${Badge}></${Deals}>`}</small></td></tr>`)}</tbody></table></div></${Card}>`;
}
