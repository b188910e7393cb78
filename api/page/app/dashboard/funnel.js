// How many deals came as far as each stage, and what part of those before them.
import { html } from "../../vendor/ui.js";
import { percent } from "../format.js";
import { t } from "../words.js";
import { Card } from "../parts/parts.js";
import { Stage } from "../parts/deal.js";
import { Bar, Deals } from "./marks.js";

export function Funnel({ board }) {
  const first = board.funnel[0]?.deals || 1;
  return html`<${Card} flush title=${t("dashboard.funnel")}><div class="table-wrap"><table class="table"><thead><tr><th>${t("dashboard.reached")}</th><th class="number">${t("dashboard.deals")}</th><th><span class="hidden">${t("dashboard.share")}</span></th><th class="number">${t("dashboard.of_previous")}</th><th class="number">${t("dashboard.of_first")}</th><th class="number">${t("dashboard.lost_here")}</th></tr></thead><tbody>
    ${board.funnel.map((one) => html`<tr key=${one.stage}><td><${Stage} code=${one.stage} /></td><td class="number"><${Deals} href=${one.href} of=${one.deals} /></td><td class="bar-cell"><${Bar} share=${one.deals / first} tone="violet" /></td><td class="number">${percent(one.of_previous?.value)}</td><td class="number">${percent(one.of_first?.value)}</td><td class="number">${one.lost_here ? html`<${Deals} href=${one.lost_href} of=${one.lost_here} />` : "—"}</td></tr>`)}</tbody></table></div></${Card}>`;
}
