// Pairs that may be one lead, below the threshold of certainty: a person says.
import { html } from "../../vendor/ui.js";
import { get, post } from "../api.js";
import { toast } from "../state.js";
import { number } from "../format.js";
import { t } from "../words.js";
import { Card, useLoaded } from "../parts/parts.js";

const titled = (lead) => (lead ? [lead.legal_form, lead.name].filter(Boolean).join(" ") || lead.lead_id : "—");

export function Merges() {
  const loaded = useLoaded((signal) => get("/v1/proposals", { kind: "merge", state: "waiting", limit: 20 }, { signal }), []);
  const decide = async (one, decision) => {
    try { await post(`/v1/leads/merges/${one.id}`, { decision, hash: one.hash }); loaded.again(); } catch (problem) { toast(problem.message, "danger"); }
  };
  if (!loaded.value?.items.length) return null;
  return html`<${Card} title=${t("leads.merges")}><ul class="plain-list">${loaded.value.items.map((one) => html`<li key=${one.id} class="row-line spread"><span><b>${titled(one.content.keep ?? one.content.first ?? one.content.leads?.[0])}</b> ⇄ <b>${titled(one.content.join ?? one.content.second ?? one.content.leads?.[1])}</b><small class="sub">${one.content.reason ?? one.content.why ?? ""} ${one.content.score ? `· ${number(Number(one.content.score), 2)}` : ""}</small></span><span class="row-line"><button class="btn btn-sm btn-primary" type="button" onClick=${() => decide(one, "approve")}>${t("leads.join")}</button><button class="btn btn-sm" type="button" onClick=${() => decide(one, "reject")}>${t("leads.apart")}</button></span></li>`)}</ul></${Card}>`;
}
