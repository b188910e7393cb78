// The brief as it was understood, and the plan made from it.
import { html } from "../../vendor/ui.js";
import { download } from "../api.js";
import { named, t } from "../words.js";
import { Badge, Card, Empty, Icon, Link } from "../parts/parts.js";
import { Brief } from "../planning/brief.js";
import { Impossible, PlanLines } from "../planning/plan.js";
import { Decided } from "./papers.js";

const PlanCard = ({ result }) => (result.infeasible ? html`<${Impossible} why=${result.infeasible} />` : html`<${Card} flush title=${t("planning.plan")} aside=${html`<${Badge}>${named("scenarios", result.scenario)}</${Badge}>${(result.files || []).map((file) => html`<button key=${file.name} class="btn btn-sm" type="button" onClick=${() => download(file.href, file.name)}><${Icon} name="download" size=${16} /> ${file.name.split(".").pop().toUpperCase()}</button>`)}`}>
  ${result.lines.some((line) => line.price_mark === "demo") && html`<p class="alert alert-warning m-3 mb-0">${t("planning.demo_prices")}</p>`}<${PlanLines} plan=${result} /></${Card}>`);

export function Planned({ deal }) {
  const id = deal.master_deal_id, to = `/planning?deal=${encodeURIComponent(id)}`;
  const go = html`<${Link} class="btn" to=${to}><${Icon} name="file-text" /> ${t("room.to_planning")}</${Link}>`;
  return html`<div class="stack">
    <${Decided} id=${id} kind="brief" none=${html`<${Card} title=${t("planning.understood")}><${Empty} icon="file-text" title=${t("room.no_brief")}>${go}</${Empty}></${Card}>`}>${({ decision, document }) => html`<${Brief} answer=${decision.answer} text=${document?.text ?? ""} />`}</${Decided}>
    <${Decided} id=${id} kind="mediaplan" none=${html`<${Card} title=${t("planning.plan")}><${Empty} icon="chart-bar" title=${t("room.no_plan")}>${go}</${Empty}></${Card}>`}>${({ decision }) => html`<${PlanCard} result=${decision.answer.result} />`}</${Decided}></div>`;
}
