// How the deal was qualified, with the words that say so: as the lead it came from, or by what was read for it.
import { html } from "../../vendor/ui.js";
import { get } from "../api.js";
import { t } from "../words.js";
import { Card, Empty, Icon, Link, Loaded, useLoaded } from "../parts/parts.js";
import { Verdict } from "../leads/marks.js";
import { LetterTables, Why } from "../leads/qualification.js";
import { Decided } from "./papers.js";

const Shown = ({ found, aside }) => html`<div class="room-grid"><div class="stack"><${LetterTables} found=${found} /></div><div class="stack"><${Card} title=${t("leads.verdict")} aside=${html`<${Verdict} of=${found.verdict} />`}><${Why} found=${found} />${aside}</${Card}></div></div>`;

function OfLead({ id }) {
  const at = `/v1/leads/${encodeURIComponent(id)}`;
  const loaded = useLoaded((signal) => get(`${at}/qualification`, {}, { signal }), [id]);
  if (loaded.problem?.status === 404) return null;
  return html`<${Loaded} of=${loaded}>${(found) => html`<${Shown} found=${found} aside=${html`<${Link} class="btn btn-sm mt-2" to=${`/leads/${encodeURIComponent(id)}`}><${Icon} name="users" size=${16} /> ${t("room.to_lead")}</${Link}>`} />`}</${Loaded}>`;
}

export function Qualified({ deal }) {
  const lead = deal.refs?.find((ref) => ref.system === "leads");
  const none = lead ? null : html`<${Card} title=${t("room.qualification")}><${Empty} icon="users" title=${t("room.no_qualification")}>${t("room.qualify_how")}</${Empty}></${Card}>`;
  return html`<div class="stack">${lead && html`<${OfLead} id=${lead.id} />`}<${Decided} id=${deal.master_deal_id} kind="qualification" none=${none}>${({ decision }) => html`<${Shown} found=${decision.answer.result} />`}</${Decided}></div>`;
}
