// How many deals stand at each stage, for how much, and how long they have stood there.
import { html } from "../../vendor/ui.js";
import { spent } from "../format.js";
import { t } from "../words.js";
import { Card } from "../parts/parts.js";
import { Stage } from "../parts/deal.js";
import { Bar, Deals, Sums } from "./marks.js";

export function Stages({ board }) {
  const most = Math.max(1, ...board.stages.map((one) => one.deals));
  return html`<${Card} flush title=${t("dashboard.stages")}><div class="table-wrap"><table class="table"><thead><tr><th>${t("deals.stage")}</th><th class="number">${t("dashboard.deals")}</th><th><span class="hidden">${t("dashboard.share")}</span></th><th class="number">${t("dashboard.sums")}</th><th class="number">${t("dashboard.age")}</th></tr></thead><tbody>
    ${board.stages.map((one) => html`<tr key=${one.stage}><td><${Stage} code=${one.stage} /></td><td class="number"><${Deals} href=${one.href} of=${one.deals} /></td><td class="bar-cell"><${Bar} share=${one.deals / most} label=${`${one.deals} / ${board.deals}`} /></td><td class="number"><${Sums} sums=${one.sums} /></td><td class="number" title=${one.age_s ? t("dashboard.p90", { span: spent(one.age_s.p90, board.calendar) }) : ""}>${one.age_s ? spent(one.age_s.p50, board.calendar) : "—"}</td></tr>`)}</tbody></table></div></${Card}>`;
}
