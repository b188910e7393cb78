// The deal's offers: the content, what its versions differ in, and whether a file in hand is one of them.
import { html } from "../../vendor/ui.js";
import { getAll } from "../api.js";
import { t } from "../words.js";
import { Card, Empty, Icon, Link, Loaded, useLoaded } from "../parts/parts.js";
import { OfferWithVersions } from "../planning/versions.js";
import { Verify } from "../planning/verify.js";

export function Offered({ deal }) {
  const id = deal.master_deal_id;
  const offers = useLoaded((signal) => getAll("/v1/offers", { master_deal_id: id }, { signal }), [id]);
  return html`<div class="stack"><${Loaded} of=${offers}>${(items) => (items.length ? html`<div class="stack">${items.map((one) => html`<${OfferWithVersions} key=${one.offer_id} id=${one.offer_id} />`)}</div>` : html`<${Card} title=${t("nav.offers")}><${Empty} icon="file-dollar" title=${t("room.no_offers")}><${Link} class="btn" to=${`/planning?deal=${encodeURIComponent(id)}`}><${Icon} name="file-text" /> ${t("room.to_planning")}</${Link}></${Empty}></${Card}>`)}</${Loaded}><${Verify} /></div>`;
}
