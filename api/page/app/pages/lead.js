// One lead: each letter with its words, what would change the verdict, what to ask next.
import { html } from "../../vendor/ui.js";
import { get, post } from "../api.js";
import { go, toast } from "../state.js";
import { number } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card, Head, Icon, Link, Loaded, useLoaded } from "../parts/parts.js";
import { TONE, Verdict } from "../leads/marks.js";

const Letter = ({ name, of }) => html`<tr><th scope="row">${named("letters", name)}</th><td><${Badge} tone=${TONE[of.state]}>${named("letter_marks", of.state)}</${Badge}></td><td>${of.state === "unknown" ? t("leads.not_said") : t("leads.level", { n: of.level })}</td><td>${of.quotes?.length ? of.quotes.map((one, n) => html`<span class="quote-line" key=${n}>«${one.quote}»<small class="sub">${one.source}${one.said_on ? ` · ${one.said_on}` : ""}</small></span>`) : "—"}</td></tr>`;

export default function Lead({ id }) {
  const loaded = useLoaded((signal) => Promise.all([get(`/v1/leads/${encodeURIComponent(id)}`, {}, { signal }), get(`/v1/leads/${encodeURIComponent(id)}/qualification`, {}, { signal })]), [id]);
  const enter = async () => {
    try {
      const made = await post(`/v1/leads/${encodeURIComponent(id)}/approve`);
      toast(t("leads.entered_now"));
      if (made.master_deal_id) go(`/deals/${encodeURIComponent(made.master_deal_id)}`); else loaded.again();
    } catch (problem) { toast(problem.message, "danger"); }
  };
  return html`<${Loaded} of=${loaded} lines=${10}>${([lead, found]) => html`<${Head} title=${lead.legal_form ? `${lead.legal_form} «${lead.name}»` : lead.name} sub=${[lead.inn && `${t("room.inn")} ${lead.inn}`, lead.city, lead.industry].filter(Boolean).join(" · ")}>
      <${Verdict} of=${found.verdict} />${lead.entered?.master_deal_id || typeof lead.entered === "string" ? html`<${Link} class="btn" to=${`/deals/${lead.entered.master_deal_id ?? lead.entered}`}>${t("copilot.to_deal")}</${Link}>` : html`<button class="btn btn-primary" type="button" onClick=${enter}><${Icon} name="plus" /> ${t("leads.enter")}</button>`}</${Head}>
    <div class="room-grid"><div class="stack"><${Card} flush title="BANT"><div class="table-wrap"><table class="table"><tbody>${Object.entries(found.bant).map(([name, of]) => html`<${Letter} key=${name} name=${name} of=${of} />`)}</tbody></table></div></${Card}>
      <${Card} flush title="CHAMP"><div class="table-wrap"><table class="table"><tbody>${Object.entries(found.champ).map(([name, of]) => html`<${Letter} key=${name} name=${name} of=${of} />`)}</tbody></table></div></${Card}>
      <${Card} flush title=${`ICP: ${number(found.icp.score, 1)}`}><div class="table-wrap"><table class="table"><tbody>${found.icp.criteria.map((one) => html`<tr key=${one.name}><th scope="row">${named("icp", one.name)}</th><td class="number">${one.fit === null ? t("leads.not_said") : number(one.fit * 100)} ${one.fit === null ? "" : "%"}</td><td class="number">× ${number(one.weight)}</td><td>${one.why || "—"}</td></tr>`)}</tbody></table></div></${Card}></div>
    <div class="stack"><${Card} title=${t("leads.why")}><p>${found.why}</p>${found.flip && html`<p><b>${t("leads.flip")}</b> ${found.flip.fact}</p>`}${found.next_question && html`<p><b>${t("leads.ask")}</b> ${found.next_question.text ?? found.next_question}</p>`}${found.nurturing && html`<p><b>${t("leads.nurture")}</b> ${found.nurturing.text ?? found.nurturing}</p>`}${found.contradictions.length > 0 && html`<b>${t("planning.contradictions")}</b><ul>${found.contradictions.map((one, n) => html`<li key=${n}>${one.text ?? one.why ?? JSON.stringify(one)}</li>`)}</ul>`}<p class="how mb-0">${found.rules_version}</p></${Card}>
      <${Card} title=${t("leads.card")}><dl class="facts">${[["contacts", lead.contacts?.join(", ")], ["phone", lead.phones?.join(", ")], ["email", lead.emails?.join(", ")], ["website", lead.website], ["budget", lead.budget], ["product", lead.product], ["manager", lead.manager], ["okved", lead.okved], ["employees", lead.employees]].filter(([, value]) => value).map(([name, value]) => html`<div class="fact" key=${name}><dt>${named("lead_fields", name)}</dt><dd>${value}</dd></div>`)}</dl>${lead.notes.map((note, n) => html`<p class="quote-line" key=${n}>${note.text}</p>`)}${lead.merge_reasons?.length > 0 && html`<details><summary>${t("leads.merged", { n: lead.merged_rows.length })}</summary><ul class="mb-0">${lead.merge_reasons.map((one) => html`<li key=${one}>${one}</li>`)}</ul></details>`}</${Card}></div></div>`}</${Loaded}>`;
}
