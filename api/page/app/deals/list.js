// The list: one line a deal on a desk, a card a deal on a phone.
import { html, useEffect, useState } from "../../vendor/ui.js";
import { money } from "../format.js";
import { named, t } from "../words.js";
import { Card, Link, Trouble } from "../parts/parts.js";
import { Anomalies, Stage, Timer, urgent } from "../parts/deal.js";
import { Room, Windowed } from "../parts/windowed.js";
import { useDeals } from "./asked.js";
import { Age, DealCard, address, state } from "./marks.js";

const narrow = matchMedia("(max-width: 55rem)");

export function useNarrow() {
  const [value, set] = useState(narrow.matches);
  useEffect(() => {
    const look = () => set(narrow.matches);
    narrow.addEventListener("change", look);
    return () => narrow.removeEventListener("change", look);
  }, []);
  return value;
}

function Line({ deal, after }) {
  const timer = urgent(deal.sla);
  return html`<${Link} to=${address(deal)} class="deal-line ${state(deal)}">
    <span class="line-main"><b class="one-line">${deal.title || t("deals.untitled")} <${Anomalies} items=${deal.anomalies} /></b><small class="sub one-line">${[deal.master_deal_id, deal.client?.name || t("deals.none"), deal.manager].filter(Boolean).join(" · ")}</small></span>
    <span class="line-stage"><${Stage} code=${deal.aggregated_stage} /><small class="sub"><${Age} deal=${deal} after=${after} /></small></span>
    <span class="line-timer">${timer ? html`<${Timer} timer=${timer} brief /><small class="sub one-line">${named("timers", timer.timer)}</small>` : ""}</span>
    <span class="number">${money(deal.budget, { short: true })}</span></${Link}>`;
}

export function List({ choices }) {
  const pages = useDeals(), small = useNarrow(), after = choices.stale_after;
  if (pages.problem) return html`<${Trouble} problem=${pages.problem} again=${pages.refresh} />`;
  return html`<${Card} flush label=${t("deals.title")}><${Windowed} pages=${pages} total=${choices.deals} height=${small ? 172 : 62} className="rows ${small ? "cards" : ""}" label=${t("deals.title")}
    row=${(deal) => (small ? html`<div class="card-slot" key=${deal.master_deal_id}><${DealCard} deal=${deal} after=${after} /></div>` : html`<${Line} key=${deal.master_deal_id} deal=${deal} after=${after} />`)}
    blank=${(n) => html`<div class="${small ? "card-slot" : "deal-line"} placeholder-glow" key=${n}><span class="placeholder col-7"></span></div>`}
    frame=${(rows, before, behind) => html`<${Room} px=${before} />${rows}<${Room} px=${behind} />`} /></${Card}>`;
}
