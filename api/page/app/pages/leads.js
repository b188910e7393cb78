// Leads: what was imported, how each qualifies, and which two may be one.
import { html, useEffect, useState } from "../../vendor/ui.js";
import { get } from "../api.js";
import { query, setQuery } from "../state.js";
import { number } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card, Choice, Empty, Head, Icon, Link, Loaded, useLoaded } from "../parts/parts.js";
import { Letters, Verdict } from "../leads/marks.js";
import { Merges } from "../leads/merges.js";

const SIZE = 100;

export default function Leads() {
  const verdict = query.value.get("verdict") || "";
  const [more, setMore] = useState({ items: [], next: undefined });
  const loaded = useLoaded((signal) => { setMore({ items: [], next: undefined }); return get("/v1/leads", { limit: SIZE }, { signal }); }, []);
  const next = more.next === undefined ? loaded.value?.next_cursor : more.next;
  useEffect(() => { document.title = `${t("nav.leads")} · MasterDeal`; }, []);
  return html`<${Head} title=${t("nav.leads")} sub=${t("leads.sub")}><${Link} class="btn btn-primary" to="/leads/import"><${Icon} name="file-upload" /> ${t("leads.import")}</${Link}></${Head}><div class="stack">
    <${Merges} />
    <div class="filters mb-0"><${Choice} label=${t("leads.verdict")} options=${["", "qualified", "undecided", "not_qualified"].map((one) => [one, one ? named("verdicts", one) : t("say.all")])} chosen=${verdict} choose=${(one) => setQuery({ verdict: one })} /></div>
    <${Card} flush label=${t("nav.leads")}><${Loaded} of=${loaded} lines=${8}>${(page) => { const items = [...page.items, ...more.items].filter((one) => !verdict || one.qualification?.verdict === verdict); return items.length ? html`<div class="table-wrap"><table class="table"><thead><tr><th>${t("leads.company")}</th><th>${t("leads.contact")}</th><th>${t("deals.industry")}</th><th>BANT</th><th class="number">ICP</th><th>${t("leads.tier")}</th><th>${t("leads.verdict")}</th><th class="wide-cell">${t("leads.next")}</th></tr></thead><tbody>${items.map((lead) => html`<tr key=${lead.lead_id}>
      <td><${Link} class="main" to=${`/leads/${encodeURIComponent(lead.lead_id)}`}>${lead.legal_form ? `${lead.legal_form} «${lead.name}»` : lead.name || t("deals.untitled")}</${Link}><small class="sub">${lead.inn ? `${t("room.inn")} ${lead.inn}` : ""}${lead.city ? ` · ${lead.city}` : ""}${lead.merged_rows?.length > 1 ? ` · ${t("leads.rows", { n: lead.merged_rows.length })}` : ""}</small></td>
      <td>${lead.contacts?.[0] || "—"}<small class="sub">${lead.phone || lead.email || ""}</small></td><td>${lead.industry || "—"}</td><td><${Letters} letters=${lead.qualification?.bant} /></td><td class="number">${number(lead.qualification?.icp_score, 1)}</td><td>${lead.qualification?.tier ?? "—"}</td><td><${Verdict} of=${lead.qualification?.verdict} />${lead.entered ? html` <${Badge} tone="green">${t("leads.entered")}</${Badge}>` : ""}</td><td>${lead.qualification?.next_question || lead.qualification?.nurturing || "—"}</td></tr>`)}</tbody></table></div>
      ${next && html`<div class="p-2 text-center"><button class="btn btn-sm" type="button" onClick=${async () => { const answer = await get("/v1/leads", { limit: SIZE, cursor: next }); setMore({ items: [...more.items, ...answer.items], next: answer.next_cursor }); }}>${t("say.more")}</button></div>`}` : html`<${Empty} icon="users" title=${t("leads.none")}><${Link} to="/leads/import">${t("leads.import")}</${Link}></${Empty}>`; }}</${Loaded}></${Card}></div>`;
}
