// The board: a lane a stage, with how many deals and for how much; each lane as long as it has to be.
import { html } from "../../vendor/ui.js";
import { number } from "../format.js";
import { query } from "../state.js";
import { named, t } from "../words.js";
import { Trouble } from "../parts/parts.js";
import { Stage } from "../parts/deal.js";
import { Room, Windowed } from "../parts/windowed.js";
import { Sums } from "../dashboard/marks.js";
import { useDeals } from "./asked.js";
import { DealCard } from "./marks.js";

export const STAGES = ["draft", "briefed", "planning", "offer_ready", "contracting", "launching", "running", "closing", "closed", "cancelled"];
const HEIGHT = 172;

function Lane({ stage, found, after }) {
  const pages = useDeals({ stage }), total = found?.deals ?? 0;
  return html`<section class="lane ${total ? "" : "vacant"}" aria-label=${named("stages", stage)}><div class="lane-head"><h2><${Stage} code=${stage} /></h2><span class="count" data-lane=${stage}>${number(total)}</span><small class="sub lane-sum">${found?.sums.length ? html`<${Sums} sums=${found.sums} />` : html`<span class="sum">—</span>`}</small></div>
    ${pages.problem ? html`<${Trouble} problem=${pages.problem} again=${pages.refresh} />` : total ? html`<${Windowed} pages=${pages} total=${total} height=${HEIGHT} className="lane-list" label=${t("deals.in_stage", { stage: named("stages", stage) })}
      row=${(deal) => html`<div class="card-slot" key=${deal.master_deal_id}><${DealCard} deal=${deal} after=${after} /></div>`}
      blank=${(n) => html`<div class="card-slot placeholder-glow" key=${n}><span class="deal-card"><span class="placeholder col-9"></span><span class="placeholder col-6"></span></span></div>`}
      frame=${(rows, before, behind) => html`<${Room} px=${before} />${rows}<${Room} px=${behind} />`} />` : html`<p class="text-secondary p-2 mb-0">${t("deals.lane_empty")}</p>`}</section>`;
}

export function Board({ choices }) {
  const wanted = query.value.get("stage")?.split(",") || STAGES;
  return html`<div class="board">${STAGES.filter((stage) => wanted.includes(stage)).map((stage) => html`<${Lane} key=${stage} stage=${stage} found=${choices.stages.find((one) => one.stage === stage)} after=${choices.stale_after} />`)}</div>`;
}
