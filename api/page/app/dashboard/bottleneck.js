// Where the most time is lost, with the arithmetic that says so, and the other timers beside it.
import { html } from "../../vendor/ui.js";
import { percent } from "../format.js";
import { lang } from "../state.js";
import { named, t } from "../words.js";
import { Icon } from "../parts/parts.js";
import { Deals } from "./marks.js";

export function Bottleneck({ board }) {
  const neck = board.bottleneck;
  if (!neck) return null;
  const others = board.sla.filter((timer) => timer.timer !== neck.timer && timer.overrun_s > 0).sort((a, b) => b.overrun_s - a.overrun_s);
  return html`<section class="bottleneck" aria-label=${t("dashboard.bottleneck")}><${Icon} name="flame" size=${26} /><div><b>${t("dashboard.bottleneck")}: ${named("timers", neck.timer)}</b><p class="mb-0">${neck.why[lang.value]}</p>
    ${others.length > 0 && html`<p class="mb-0 others">${t("dashboard.other_overruns")} ${others.map((timer, n) => html`${n > 0 && ", "}<span class="nowrap">${named("timers", timer.timer)} <${Deals} href=${timer.breached_href} of=${timer.breached}>${percent(timer.overrun_s / neck.all_overrun_s)}</${Deals}></span>`)}</p>`}</div>
    <div class="ms-auto text-end"><b class="big">${percent(neck.share)}</b><p class="mb-0 nowrap"><${Deals} href=${neck.href} of=${neck.breached}>${t("dashboard.late_deals", { n: neck.breached })}</${Deals}></p></div></section>`;
}
