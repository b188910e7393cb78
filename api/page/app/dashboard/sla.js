// Five timers against their limits: mean, p50, p90, and the share that was late.
import { html } from "../../vendor/ui.js";
import { number, percent, spent } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card } from "../parts/parts.js";
import { Deals, limited } from "./marks.js";

// Limit, median and ninth decile on one scale.
function Scale({ timer, limit, calendar }) {
  const { p50, p90 } = timer.to_target_s || {};
  const most = Math.max(limit ?? 0, p90 || 0) * 1.1 || 1, x = (value) => (value / most) * 100, late = (value) => (limit !== null && value > limit ? "late" : "well");
  return html`<svg class="scale" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label=${t("dashboard.scale", { p50: spent(p50, calendar), p90: spent(p90, calendar), limit: spent(timer.limit_s, timer.calendar) })}><rect class="ground" y="3" width="100" height="4" />${p90 && html`<rect class=${late(p90)} y="3" width=${x(p90)} height="4" opacity=".45" /><rect class=${late(p50)} y="3" width=${x(p50)} height="4" />`}${limit !== null && html`<rect class="limit" x=${x(limit) - 0.5} width="1" height="10" />`}</svg>`;
}

export function SlaTable({ board }) {
  const { calendar } = board;
  return html`<${Card} flush title="SLA"><div class="table-wrap"><table class="table"><thead><tr><th>${t("dashboard.timer")}</th><th class="number">${t("dashboard.mean")}</th><th class="number">p50</th><th class="number">p90</th><th class="number">${t("dashboard.late")}</th><th class="number">${t("dashboard.now")}</th></tr></thead><tbody>
    ${board.sla.map((timer) => {
      const { mean, p50, p90 } = timer.to_target_s, limit = limited(timer, board);
      return html`<tr key=${timer.timer}><td><span class="nowrap">${named("timers", timer.timer)}</span><small class="sub nowrap">${t("dashboard.limit_of", { span: spent(timer.limit_s, timer.calendar) })}</small><${Scale} timer=${timer} limit=${limit} calendar=${calendar} /></td><td class="number">${spent(mean, calendar)}</td><td class="number">${spent(p50, calendar)}</td><td class="number ${limit !== null && p90 > limit ? "over-limit" : ""}">${spent(p90, calendar)}</td>
      <td class="number"><${Deals} href=${timer.breached_href} of=${timer.breached} title=${`${timer.breached} / ${timer.started}`}>${percent(timer.breach_share?.value)}</${Deals}><small class="sub">${number(timer.breached)} / ${number(timer.started)}</small></td>
      <td class="number"><span class="row-line end">${["breached", "at_risk"].filter((state) => timer.states[state] > 0).map((state) => html`<${Deals} key=${state} href=${timer.state_hrefs[state]} of=${timer.states[state]} title=${`${named("states", state)}: ${timer.states[state]}`}><${Badge} tone=${state === "breached" ? "red" : "yellow"}>${number(timer.states[state])}</${Badge}></${Deals}>`)}${!timer.states.breached && !timer.states.at_risk && "—"}</span></td></tr>`;
    })}</tbody></table></div></${Card}>`;
}
