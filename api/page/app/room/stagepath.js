// The stages the deal has been through, with the time it spent in each; the current one is still counting.
import { html } from "../../vendor/ui.js";
import { span, when } from "../format.js";
import { named, t } from "../words.js";
import { Path } from "../parts/deal.js";

export function StagePath({ deal, at }) {
  const end = at ? Date.parse(at) : Date.now();
  return html`<section class="stage-path" aria-label=${t("room.path")}><ol>${deal.stages.map((one, n) => {
    const seconds = (Date.parse(one.completed_at || end) - Date.parse(one.started_at)) / 1000 || (end - Date.parse(one.started_at)) / 1000;
    const last = n === deal.stages.length - 1;
    return html`<li key=${n} class="stage-${one.stage} ${last ? "here" : ""}" aria-current=${last ? "step" : null} title=${`${when(one.started_at)} — ${one.completed_at ? when(one.completed_at) : t("room.now")}`}><b>${named("stages", one.stage)}</b><span>${span(seconds)}</span></li>`;
  })}</ol><p class="text-secondary mb-0"><${Path} step=${deal.pipeline_step} /> ${deal.pipeline_step ? `${t("deals.step_of", { n: deal.pipeline_step })}: ${named("steps", deal.pipeline_step)}` : named("stages", deal.aggregated_stage)}</p></section>`;
}
