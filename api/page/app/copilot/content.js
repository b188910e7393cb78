// What a proposal proposes, as a person reads it: a plan, an offer, a qualification, a task, an event, a merge.
import { html } from "../../vendor/ui.js";
import { day, money, when } from "../format.js";
import { eventNamed, named, t } from "../words.js";
import { Badge, Link } from "../parts/parts.js";
import { Verdict, TONE } from "../leads/marks.js";
import { OfferContent } from "../planning/offer.js";
import { PlanLines } from "../planning/plan.js";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d/, DAY = /^\d{4}-\d\d-\d\d$/;

function Value({ of }) {
  if (of === null || of === undefined || of === "") return "—";
  if (typeof of === "boolean") return t(of ? "say.yes" : "say.no");
  if (Array.isArray(of)) return html`<ul class="mb-0">${of.map((one, n) => html`<li key=${n}><${Value} of=${one} /></li>`)}</ul>`;
  if (typeof of === "object") return of.amount && of.currency ? money(of) : html`<${Fields} of=${of} />`;
  const text = String(of);
  return TIME.test(text) ? when(text) : DAY.test(text) ? day(text) : text;
}

const CODES = { role: "roles", timer: "timers", stage: "stages", vat: "vat", addressee: "addressees" };

// Names as people know them, where they do; else the name itself.
export const Fields = ({ of }) => html`<dl class="pairs">${Object.entries(of).filter(([, value]) => value !== null && value !== "" && !(Array.isArray(value) && !value.length)).map(([name, value]) => html`<div key=${name}><dt>${named("proposal_fields", name)}</dt><dd>${CODES[name] && typeof value === "string" ? named(CODES[name], value) : html`<${Value} of=${value} />`}</dd></div>`)}</dl>`;

const Letters = ({ title, of }) => html`<table class="table"><caption>${title}</caption><tbody>${Object.entries(of).map(([name, one]) => html`<tr key=${name}><th scope="row">${named("letters", name)}</th><td><${Badge} tone=${TONE[one.state]}>${named("letter_marks", one.state)}</${Badge}></td><td>${one.quote ? `«${one.quote}»` : one.source === "person" ? t("leads.by_person") : "—"}</td></tr>`)}</tbody></table>`;

const Qualification = ({ of }) => html`<p><${Verdict} of=${of.verdict} /> ${of.why}</p>${of.flip && html`<p><b>${t("leads.flip")}</b> ${of.flip.fact ?? ""}</p>`}<div class="table-wrap">${of.bant && html`<${Letters} title="BANT" of=${of.bant} />`}${of.champ && html`<${Letters} title="CHAMP" of=${of.champ} />`}</div>`;

const Event = ({ of }) => html`<p><b>${eventNamed(of.type)}</b> <code>${of.type}</code>${of.time ? ` · ${when(of.time)}` : ""}</p><${Fields} of=${of.data ?? {}} />`;

const Merge = ({ of }) => html`<p class="row-line">${(of.lead_ids ?? []).map((id, n) => html`<${Link} key=${id} to=${`/leads/${encodeURIComponent(id)}`}>${of.names?.[n] ?? id}</${Link}>`)}</p><${Fields} of=${Object.fromEntries(Object.entries(of).filter(([name]) => !["lead_ids", "names"].includes(name)))} />`;

export function Content({ kind, content }) {
  if (kind === "plan" && content.plan?.lines) return html`<${PlanLines} plan=${content.plan} />`;
  if (kind === "offer" && content.offer?.lines) return html`<${OfferContent} offer=${content.offer} />`;
  if (kind === "qualification" && content.bant) return html`<${Qualification} of=${content} />`;
  if (kind === "event" && content.type) return html`<${Event} of=${content} />`;
  if (kind === "merge") return html`<${Merge} of=${content} />`;
  return html`<${Fields} of=${content} />`;
}
