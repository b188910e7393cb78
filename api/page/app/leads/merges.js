// Pairs that may be one lead, below the threshold of certainty: a person says.
import { html } from "../../vendor/ui.js";
import { get, post } from "../api.js";
import { toast } from "../state.js";
import { number } from "../format.js";
import { t } from "../words.js";
import { Card, Link, useLoaded } from "../parts/parts.js";

const titled = (lead) => [lead.legal_form, lead.name].filter(Boolean).join(" ") || lead.email || lead.phone || lead.lead_id;
const told = (lead) => [lead.inn, lead.city, lead.phone, lead.email].filter(Boolean).join(" · ");

// The proposals, each with its two leads as they are now.
async function pairs(signal) {
  const page = await get("/v1/proposals", { kind: "merge", state: "waiting", limit: 20 }, { signal });
  return Promise.all(page.items.map(async (one) => ({ ...one, leads: await Promise.all(one.content.lead_ids.map((id) => get(`/v1/leads/${encodeURIComponent(id)}`, {}, { signal }).catch(() => ({ lead_id: id })))) })));
}

export function Merges() {
  const loaded = useLoaded(pairs, []);
  const decide = async (one, decision) => {
    try { await post(`/v1/leads/merges/${one.id}`, { decision, hash: one.hash }); loaded.again(); } catch (problem) { toast(problem.message, "danger"); }
  };
  if (!loaded.value?.length) return null;
  return html`<${Card} title=${t("leads.merges")}><ul class="plain-list">${loaded.value.map((one) => html`<li key=${one.id} class="row-line spread"><span>${one.leads.map((lead, n) => html`${n ? " ⇄ " : ""}<span key=${lead.lead_id}><${Link} class="main" to=${`/leads/${encodeURIComponent(lead.lead_id)}`}>${titled(lead)}</${Link}> <small class="text-secondary">${told(lead)}</small></span>`)}<small class="sub">${number(one.content.score, 2)} · ${one.content.reasons.join("; ")}</small></span><span class="row-line"><button class="btn btn-sm btn-primary" type="button" onClick=${() => decide(one, "approve")}>${t("leads.join")}</button><button class="btn btn-sm" type="button" onClick=${() => decide(one, "reject")}>${t("leads.apart")}</button></span></li>`)}</ul></${Card}>`;
}
