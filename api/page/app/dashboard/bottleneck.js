// Where the most time is lost, with the arithmetic that says so.
import { html } from "../../vendor/ui.js";
import { percent } from "../format.js";
import { lang } from "../state.js";
import { named, t } from "../words.js";
import { Icon } from "../parts/parts.js";
import { Deals } from "./marks.js";

export function Bottleneck({ board }) {
  const neck = board.bottleneck;
  if (!neck) return null;
  return html`<section class="bottleneck" aria-label=${t("dashboard.bottleneck")}><${Icon} name="flame" size=${26} /><div><b>${t("dashboard.bottleneck")}: ${named("timers", neck.timer)}</b><p class="mb-0">${neck.why[lang.value]}</p></div><div class="ms-auto text-end"><b class="big">${percent(neck.share)}</b><p class="mb-0 nowrap"><${Deals} href=${neck.href}>${t("dashboard.late_deals", { n: neck.breached })}</${Deals}></p></div></section>`;
}

