// The stages the deal has been through, with the time it spent in each; the current one is still counting.
import { html, useEffect, useRef } from "../../vendor/ui.js";
import { day, span, when } from "../format.js";
import { named, t } from "../words.js";
import { Path } from "../parts/deal.js";

// A stage that comes a second time says why: the deal was reopened, or stepped back.
function repeated(stages, n) {
  const before = stages[n - 1]?.stage, back = stages.slice(0, n).some((one) => one.stage === stages[n].stage);
  const at = day(stages[n].started_at);
  if (before === "cancelled" || before === "closed") return t("room.reopened", { at });
  return back ? t("room.again", { at }) : null;
}

export function StagePath({ deal, at }) {
  // Where the deal stands now is what is looked for; what lies behind is scrolled to.
  const ref = useRef();
  useEffect(() => { ref.current.scrollLeft = ref.current.scrollWidth; }, [deal.stages.length]);
  const end = at ? Date.parse(at) : Date.now();
  return html`<section class="stage-path" aria-label=${t("room.path")}><ol ref=${ref} tabindex="0">${deal.stages.map((one, n) => {
    const seconds = (Date.parse(one.completed_at || end) - Date.parse(one.started_at)) / 1000 || (end - Date.parse(one.started_at)) / 1000;
    const again = repeated(deal.stages, n), last = n === deal.stages.length - 1;
    return html`<li key=${n} class="stage-${one.stage} ${last ? "here" : ""}" aria-current=${last ? "step" : null} title=${`${when(one.started_at)} — ${one.completed_at ? when(one.completed_at) : t("room.now")}`}><b>${named("stages", one.stage)}</b><span>${span(seconds)}</span>${again && html`<em>${again}</em>`}</li>`;
  })}</ol><p class="text-secondary mb-0"><${Path} step=${deal.pipeline_step} /> ${deal.pipeline_step ? `${t("deals.step_of", { n: deal.pipeline_step })}: ${named("steps", deal.pipeline_step)}` : named("stages", deal.aggregated_stage)}</p></section>`;
}
