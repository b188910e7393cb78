// The versions of an offer, and what differs between two of them.
import { html, useState } from "../../vendor/ui.js";
import { get } from "../api.js";
import { day, money, number, percent } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card, Loaded, useLoaded } from "../parts/parts.js";
import { Offer } from "./offer.js";

const LINE = [["units", (line) => `${number(line.units)} ${line.model}`], ["price", (line) => money(line.price, { basis: false })], ["cost", (line) => money(line.cost, { basis: false })]];
const WHOLE = [["gross", (offer) => money(offer.totals.gross)], ["discount", (offer) => percent(Number(offer.discount), 2)], ["valid", (offer) => day(offer.valid_until)], ["marks", (offer) => named("sides", offer.marks_ads)]];

// Rows of {what, was, now}: only what is not the same. A line is known by its title and period.
export function differences(before, after) {
  const rows = [];
  const said = (what, was, now) => { if (was !== now) rows.push({ what, was, now }); };
  for (const [name, of] of WHOLE) said(t(`offer.${name}`), of(before), of(after));
  const known = (offer) => new Map(offer.lines.map((line) => [`${line.title} · ${day(line.period_start)}–${day(line.period_end)}`, line]));
  const old = known(before), fresh = known(after);
  for (const title of new Set([...old.keys(), ...fresh.keys()])) {
    const was = old.get(title), now = fresh.get(title);
    if (!was || !now) said(title, was ? money(was.cost, { basis: false }) : "—", now ? money(now.cost, { basis: false }) : "—");
    else for (const [name, of] of LINE) said(`${title}: ${t(`planning.${name}`)}`, of(was), of(now));
  }
  const terms = (offer) => new Map([...offer.terms, ...offer.legal_notes].map((one) => [one.id, one.text]));
  const oldTerms = terms(before), newTerms = terms(after);
  for (const id of new Set([...oldTerms.keys(), ...newTerms.keys()])) said(id, oldTerms.get(id) ?? "—", newTerms.get(id) ?? "—");
  return rows;
}

function Difference({ id, from, to }) {
  const of = (n) => `/v1/offers/${encodeURIComponent(id)}/versions/${n}`;
  const loaded = useLoaded((signal) => Promise.all([get(of(from), {}, { signal }), get(of(to), {}, { signal })]), [id, from, to]);
  return html`<${Loaded} of=${loaded}>${([before, after]) => {
    const rows = differences(before, after);
    return rows.length ? html`<div class="table-wrap"><table class="table"><thead><tr><th>${t("offer.changed")}</th><th>${t("offer.version", { n: from })}</th><th>${t("offer.version", { n: to })}</th></tr></thead><tbody>${rows.map((row) => html`<tr key=${row.what}><th scope="row">${row.what}</th><td><del>${row.was}</del></td><td><ins>${row.now}</ins></td></tr>`)}</tbody></table></div>` : html`<p class="p-3 mb-0">${t("offer.same")}</p>`;
  }}</${Loaded}>`;
}

export function Versions({ id, versions }) {
  const last = versions.at(-1).version;
  const [from, setFrom] = useState(versions.at(-2).version), [to, setTo] = useState(last);
  const Pick = ({ label, value, choose }) => html`<select class="form-select w-auto" aria-label=${label} value=${value} onChange=${(event) => choose(Number(event.target.value))}>${versions.map((one) => html`<option key=${one.version} value=${one.version}>${t("offer.version", { n: one.version })} · ${money(one.gross, { basis: false })}</option>`)}</select>`;
  return html`<${Card} flush title=${t("offer.versions")}><ol class="p-3 mb-0 plain">${versions.map((one) => html`<li key=${one.version} class="row-line"><b>${t("offer.version", { n: one.version })}</b><${Badge} tone=${one.status === "approved" ? "green" : one.status === "draft" ? "yellow" : "secondary"}>${named("offer_states", one.status)}</${Badge}><span>${money(one.gross)}</span><span class="text-secondary">${day(one.made_on)}</span><code>${one.hash.slice(0, 12)}</code></li>`)}</ol>
    <div class="p-3 row-line pick-line">${t("offer.compare")} ${Pick({ label: t("offer.before"), value: from, choose: setFrom })} → ${Pick({ label: t("offer.after"), value: to, choose: setTo })}</div><${Difference} id=${id} from=${from} to=${to} /></${Card}>`;
}

// One offer as it stands now, its files, and the versions before it.
export function OfferWithVersions({ id }) {
  const at = `/v1/offers/${encodeURIComponent(id)}`;
  const loaded = useLoaded((signal) => Promise.all([get(at, {}, { signal }), get(`${at}/versions`, { limit: 500 }, { signal })]), [id]);
  const files = ["offer.docx", "offer.pdf", "plan.xlsx"].map((name) => ({ name, href: `${at}/files/${name}` }));
  return html`<${Loaded} of=${loaded}>${([offer, versions]) => html`<div class="stack"><${Offer} key=${offer.hash + offer.status} offer=${offer} files=${files} />${versions.items.length > 1 && html`<${Versions} key=${versions.items.length} id=${id} versions=${versions.items} />`}</div>`}</${Loaded}>`;
}
