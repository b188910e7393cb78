// One lead: each letter with its words, what would change the verdict, what to ask next.
import { html } from "../../vendor/ui.js";
import { get, post } from "../api.js";
import { go, toast } from "../state.js";
import { named, t } from "../words.js";
import { Card, Head, Icon, Link, Loaded, useLoaded } from "../parts/parts.js";
import { Chance } from "../leads/chance.js";
import { Verdict } from "../leads/marks.js";
import { LetterTables, Why } from "../leads/qualification.js";

// The deal that a lead was entered as.
const dealOf = (entered) => entered?.events?.find((one) => one.master_deal_id)?.master_deal_id;

export default function Lead({ id }) {
  const loaded = useLoaded((signal) => Promise.all([get(`/v1/leads/${encodeURIComponent(id)}`, {}, { signal }), get(`/v1/leads/${encodeURIComponent(id)}/qualification`, {}, { signal }), get("/v1/leads/score", {}, { signal })]), [id]);
  const enter = async () => {
    try {
      const made = await post(`/v1/leads/${encodeURIComponent(id)}/approve`);
      toast(t("leads.entered_now"));
      if (dealOf(made)) go(`/deals/${encodeURIComponent(dealOf(made))}`); else loaded.again();
    } catch (problem) { toast(problem.message, "danger"); }
  };
  return html`<${Loaded} of=${loaded} lines=${10}>${([lead, found, score]) => html`<${Head} title=${lead.legal_form ? `${lead.legal_form} «${lead.name}»` : lead.name} sub=${[lead.inn && `${t("room.inn")} ${lead.inn}`, lead.city, lead.industry].filter(Boolean).join(" · ")}>
      <${Verdict} of=${found.verdict} />${dealOf(lead.entered) ? html`<${Link} class="btn" to=${`/deals/${encodeURIComponent(dealOf(lead.entered))}`}>${t("copilot.to_deal")}</${Link}>` : html`<button class="btn btn-primary" type="button" onClick=${enter}><${Icon} name="plus" /> ${t("leads.enter")}</button>`}</${Head}>
    <div class="room-grid"><div class="stack"><${LetterTables} found=${found} /></div>
    <div class="stack"><${Card} title=${t("leads.why")}><${Why} found=${found} /></${Card}>
      <${Chance} of=${lead.learned_score} score=${score} />
      <${Card} title=${t("leads.card")}><dl class="facts">${[["contacts", lead.contacts?.join(", ")], ["phone", lead.phones?.join(", ")], ["email", lead.emails?.join(", ")], ["website", lead.website], ["budget", lead.budget], ["product", lead.product], ["manager", lead.manager], ["okved", lead.okved], ["employees", lead.employees]].filter(([, value]) => value).map(([name, value]) => html`<div class="fact" key=${name}><dt>${named("lead_fields", name)}</dt><dd>${value}</dd></div>`)}</dl>${lead.notes.map((note, n) => html`<p class="quote-line" key=${n}>${note.text}</p>`)}${lead.merge_reasons?.length > 0 && html`<details><summary>${t("leads.merged", { n: lead.merged_rows.length })}</summary><ul class="mb-0">${lead.merge_reasons.map((one) => html`<li key=${one}>${one}</li>`)}</ul></details>`}</${Card}></div></div>`}</${Loaded}>`;
}
