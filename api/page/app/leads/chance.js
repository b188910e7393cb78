// What the installation's own history says of the lead; it stands apart, for it knows nothing of what the client said.
import { html } from "../../vendor/ui.js";
import { number, when } from "../format.js";
import { named, t } from "../words.js";
import { Card } from "../parts/parts.js";

export function Chance({ of, score }) {
  const short = score.needed && score.state !== "learned" ? t("leads.chance_none", { won: score.needed.won, lost: score.needed.lost, has_won: score.won ?? 0, has_lost: score.lost ?? 0 }) : t("leads.chance_unlearned");
  return html`<${Card} title=${t("leads.chance")}>${of ? html`<p class="mb-1"><b>${number(of.probability * 100)} %</b> · ${t("leads.chance_percentile", { n: of.percentile })}</p>${of.drivers.length > 0 && html`<p class="mb-1">${t("leads.chance_drivers")} ${of.drivers.map(([name, points]) => html`<span class="chip" key=${name}>${named("lead_fields", name)} ${points > 0 ? "+" : "−"}${number(Math.abs(points), 2)}</span> `)}</p>`}<p class="how mb-0">${t("leads.chance_trust", { auc: number(of.auc, 2), error: number(of.calibration_error, 3), deals: of.trained_on })} ${of.learned_at && t("leads.chance_learnt", { day: when(of.learned_at) })} ${t("leads.chance_apart")}</p>` : html`<p class="how mb-0">${short}</p>`}</${Card}>`;
}
