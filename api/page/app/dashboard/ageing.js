// How long open deals have stood where they stand.
import { html } from "../../vendor/ui.js";
import { t } from "../words.js";
import { Card, Empty } from "../parts/parts.js";
import { Bar, Deals } from "./marks.js";

const range = (one) => (one.to_days === null ? t("dashboard.days_over", { n: one.from_days }) : t("dashboard.days", { from: one.from_days, to: one.to_days }));

export function Ageing({ board }) {
  const most = Math.max(1, ...board.ageing.map((one) => one.deals));
  return html`<${Card} flush title=${t("dashboard.ageing")}>${board.ageing.length ? html`<div class="table-wrap"><table class="table"><thead><tr><th>${t("dashboard.without_move")}</th><th class="number">${t("dashboard.deals")}</th><th><span class="hidden">${t("dashboard.share")}</span></th></tr></thead><tbody>
    ${board.ageing.map((one) => html`<tr key=${one.from_days}><td>${range(one)}</td><td class="number"><${Deals} href=${one.href} of=${one.deals} /></td><td class="bar-cell"><${Bar} share=${one.deals / most} tone=${one.from_days >= 14 ? "red" : one.from_days >= 7 ? "orange" : "blue"} /></td></tr>`)}</tbody></table></div>` : html`<${Empty} />`}</${Card}>`;
}
