// What is being made for the deal: its offers, the proposals that wait for a person, and where to go on.
import { html } from "../../vendor/ui.js";
import { get } from "../api.js";
import { day, money } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card, Empty, Icon, Link, Loaded, useLoaded } from "../parts/parts.js";
import { Proposal } from "../copilot/proposal.js";

async function ofDeal(id, signal) {
  const found = [];
  for (let cursor = null; ;) {
    const page = await get("/v1/proposals", { state: "waiting", limit: 100, cursor }, { signal });
    found.push(...page.items.filter((one) => one.master_deal_id === id));
    if (!(cursor = page.next_cursor)) return found;
  }
}

export function Work({ id }) {
  const offers = useLoaded((signal) => get("/v1/offers", { master_deal_id: id, limit: 50 }, { signal }), [id]);
  const waiting = useLoaded((signal) => ofDeal(id, signal), [id]);
  const deal = encodeURIComponent(id);
  return html`<div class="stack"><div class="row-line"><${Link} class="btn" to=${`/planning?deal=${deal}`}><${Icon} name="file-text" /> ${t("room.to_planning")}</${Link}><${Link} class="btn" to=${`/legal?deal=${deal}`}><${Icon} name="scale" /> ${t("room.to_legal")}</${Link}></div>
    <${Card} flush title=${t("nav.offers")}><${Loaded} of=${offers} lines=${3}>${({ items }) => items.length ? html`<div class="table-wrap"><table class="table"><tbody>${items.map((one) => html`<tr key=${one.offer_id}><td><${Link} class="main" to=${`/offers/${encodeURIComponent(one.offer_id)}`}>${one.number ?? one.offer_id}</${Link}><small class="sub">${t("offer.version", { n: one.version })}</small></td><td class="number">${money(one.gross ?? one.totals?.gross)}</td><td>${one.valid_until ? `${t("offer.valid")} ${day(one.valid_until)}` : ""}</td><td><${Badge} tone=${one.status === "approved" ? "green" : "yellow"}>${named("offer_states", one.status)}</${Badge}></td></tr>`)}</tbody></table></div>` : html`<${Empty} icon="file-dollar" title=${t("room.no_offers")} />`}</${Loaded}></${Card}>
    <${Card} title=${t("room.waiting")}><${Loaded} of=${waiting} lines=${2}>${(items) => items.length ? html`<div class="stack approvals">${items.map((one) => html`<${Proposal} key=${one.id} proposal=${one} decided=${waiting.again} />`)}</div>` : html`<${Empty} icon="checkbox" title=${t("approvals.none_waiting")} />`}</${Loaded}></${Card}></div>`;
}
