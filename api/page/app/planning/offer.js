// An offer: its totals, terms and files, and the approval that is bound to exactly this content.
import { html, useState } from "../../vendor/ui.js";
import { download, post } from "../api.js";
import { lang, toast } from "../state.js";
import { day, money, number, percent } from "../format.js";
import { eventNamed, named, t } from "../words.js";
import { Badge, Card, Icon, Link } from "../parts/parts.js";

// What is offered: to whom, for how much, line by line, and on which terms.
export const OfferContent = ({ offer }) => html`<div class="p-3 row-line spread"><dl class="facts"><div class="fact"><dt>${t("deals.client")}</dt><dd>${offer.client || "—"}</dd></div><div class="fact"><dt>${t("offer.valid")}</dt><dd>${day(offer.valid_until)}</dd></div><div class="fact"><dt>${t("offer.marks")}</dt><dd>${named("sides", offer.marks_ads)}</dd></div></dl>
      <div class="text-end"><b class="big">${money(offer.totals.gross)}</b><p class="mb-0 text-secondary">${t("planning.vat")} ${money(offer.totals.vat, { basis: false })} · ${t("offer.discount")} ${money(offer.totals.discount, { basis: false })}</p>${lang.value === "ru" && html`<small class="sub">${offer.totals.in_words}</small>`}</div></div>
    <div class="table-wrap" tabindex="0" role="group" aria-label=${t("offer.title")}><table class="table"><thead><tr><th>№</th><th>${t("planning.channel")}</th><th class="number">${t("planning.units")}</th><th class="number">${t("planning.price")}</th><th class="number">${t("planning.cost")}</th><th class="number">${t("planning.vat")}</th><th class="number">${t("offer.gross")}</th></tr></thead><tbody>${offer.lines.map((line) => html`<tr key=${line.number}><td>${line.number}</td><td>${line.title}<small class="sub">${day(line.period_start)}–${day(line.period_end)}</small></td><td class="number">${number(line.units)} ${line.model}</td><td class="number">${money(line.price, { basis: false })}</td><td class="number">${money(line.cost, { basis: false })}</td><td class="number">${money(line.vat_amount, { basis: false })}<small class="sub">${percent(Number(line.vat_rate))}</small></td><td class="number">${money(line.gross, { basis: false })}</td></tr>`)}</tbody></table></div>
    <div class="p-3 pb-0"><details class="on-paper"><summary>${t("offer.terms")}</summary><ol class="mb-0">${[...offer.terms, ...offer.legal_notes, offer.levy].filter(Boolean).map((one) => html`<li key=${one.id}>${one.text}${one.law ? html` <code>${one.law}</code>` : ""}</li>`)}</ol></details></div>`;

export function Offer({ offer: given, files, proposes, again }) {
  const [approved, setApproved] = useState(null), [problem, setProblem] = useState(null), [busy, setBusy] = useState(false), [discount, setDiscount] = useState("");
  const offer = approved ?? given;
  const approve = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const answer = await post(`/v1/offers/${given.offer_id}/approve`, { hash: given.hash });
      setApproved({ ...given, ...(answer.offer ?? answer), status: "approved" });
      toast(t("offer.approved_now"));
    } catch (error) { setProblem(error.status === 409 ? t("proposal.conflict", { why: error.message }) : error.message); }
    setBusy(false);
  };
  const done = offer.status === "approved";
  return html`<${Card} flush title=${html`${t("offer.title")} ${offer.number} · ${t("offer.version", { n: offer.version })}`} aside=${html`<${Badge} tone=${done ? "green" : "yellow"}>${named("offer_states", offer.status)}</${Badge}>`}>
    <${OfferContent} offer=${offer} />
    <div class="p-3 stack"><p class="how">${t("proposal.hash")} <code>${offer.hash}</code></p>
    ${problem && html`<p class="text-danger mb-0" role="alert">${problem}</p>`}
    <div class="row-line">${(files || []).map((file) => html`<button key=${file.name} class="btn" type="button" onClick=${() => download(file.href, `${offer.number}-v${offer.version}.${file.name.split(".").pop()}`)}><${Icon} name="download" /> ${file.name.split(".").pop().toUpperCase()}</button>`)}
      ${!done && html`<button class="btn btn-primary" type="button" disabled=${busy} onClick=${approve}><${Icon} name="checkbox" /> ${t("offer.approve")}</button>`}
      ${!done && again && html`<form class="row-line" onSubmit=${(event) => { event.preventDefault(); again(String(Number(discount.replace(",", ".")) / 100)); }}><label class="row-line">${t("offer.discount")}, % <input class="form-control discount" inputmode="decimal" value=${discount} onInput=${(event) => setDiscount(event.target.value)} /></label><button class="btn" disabled=${!discount}>${t("offer.recount")}</button></form>`}
      <${Link} class="btn btn-ghost" to=${`/offers/${offer.offer_id}`}>${t("offer.open")}</${Link}></div>
    ${offer.approval_role && !done && html`<p class="text-secondary mb-0">${t("offer.needs", { role: named("roles", offer.approval_role) })}</p>`}
    ${proposes?.length > 0 && html`<p class="text-secondary mb-0">${t("offer.proposes")}: ${proposes.map((one) => eventNamed(one.type ?? one)).join(", ")}</p>`}</div></${Card}>`;
}

