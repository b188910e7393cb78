// All offers, one with its versions; and the check whether a file is what was approved.
import { html } from "../../vendor/ui.js";
import { get } from "../api.js";
import { query, setQuery } from "../state.js";
import { day, money } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card, Empty, Head, Icon, Link, Loaded, useLoaded } from "../parts/parts.js";
import { Verify } from "../planning/verify.js";
import { OfferWithVersions } from "../planning/versions.js";

function All({ deal }) {
  const loaded = useLoaded((signal) => get("/v1/offers", { master_deal_id: deal, limit: 500 }, { signal }), [deal]);
  return html`<${Card} flush title=${t("offer.all")} aside=${deal && html`<span class="chip">${deal} <button type="button" aria-label=${t("say.clear")} onClick=${() => setQuery({ deal: null })}><${Icon} name="x" size=${14} /></button></span>`}><${Loaded} of=${loaded}>${({ items }) => items.length ? html`<div class="table-wrap"><table class="table"><thead><tr><th>${t("offer.number")}</th><th>${t("offer.state")}</th><th>${t("deals.client")}</th><th>${t("offer.deal")}</th><th class="number">${t("offer.gross")}</th><th>${t("offer.made")}</th><th>${t("offer.valid")}</th></tr></thead><tbody>${[...items].sort((a, b) => b.made_on.localeCompare(a.made_on)).map((one) => html`<tr key=${one.offer_id}><td class="nowrap"><${Link} to=${`/offers/${encodeURIComponent(one.offer_id)}`}>${one.number}</${Link}><small class="sub">${t("offer.version", { n: one.version })}</small></td><td><${Badge} tone=${one.status === "approved" ? "green" : "yellow"}>${named("offer_states", one.status)}</${Badge}></td><td>${one.client || "—"}<small class="sub">${one.product || ""}</small></td><td>${one.master_deal_id ? html`<${Link} to=${`/deals/${encodeURIComponent(one.master_deal_id)}`}>${one.master_deal_id}</${Link}>` : "—"}</td><td class="number">${money(one.gross, { basis: false })}</td><td class="nowrap">${day(one.made_on)}</td><td class="nowrap">${day(one.valid_until)}</td></tr>`)}</tbody></table></div>` : html`<${Empty} icon="file-dollar" title=${t("offer.none")}><${Link} class="btn" to="/planning">${t("nav.planning")}</${Link}></${Empty}>`}</${Loaded}></${Card}>`;
}

export default function Offers({ id }) {
  return html`<${Head} title=${t("nav.offers")} sub=${t("offer.sub")}>${id && html`<${Link} class="btn" to="/offers">${t("offer.all")}</${Link}>`}</${Head}><div class="stack">
    ${id ? html`<${OfferWithVersions} key=${id} id=${id} />` : html`<${All} deal=${query.value.get("deal")} />`}<${Verify} /></div>`;
}
