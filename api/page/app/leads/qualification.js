// A qualification letter by letter: what is known, how well, by whose words; and what would change the verdict.
import { html } from "../../vendor/ui.js";
import { number } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card } from "../parts/parts.js";
import { TONE } from "./marks.js";

const Said = ({ of }) => {
  const quotes = of.quotes?.length ? of.quotes : of.quote ? [{ quote: of.quote, source: of.source }] : [];
  return quotes.length ? quotes.map((one, n) => html`<span class="quote-line" key=${n}>«${one.quote}»<small class="sub">${one.source === "text" ? "" : one.source}${one.said_on ? ` · ${one.said_on}` : ""}</small></span>`) : "—";
};

const Letter = ({ name, of }) => html`<tr><th scope="row">${named("letters", name)}</th><td class="nowrap"><${Badge} tone=${TONE[of.state]}>${named("letter_marks", of.state)}</${Badge}><small class="sub">${of.state === "unknown" ? t("leads.not_said") : t("leads.level", { n: of.level })}</small></td><td class="grow-cell"><${Said} of=${of} /></td></tr>`;

const Letters = ({ title, letters }) => html`<${Card} flush title=${title}><div class="table-wrap"><table class="table"><tbody>${Object.entries(letters).map(([name, of]) => html`<${Letter} key=${name} name=${name} of=${of} />`)}</tbody></table></div></${Card}>`;

export const LetterTables = ({ found }) => html`<${Letters} title="BANT" letters=${found.bant} /><${Letters} title="CHAMP" letters=${found.champ} />
  <${Card} flush title=${`ICP: ${number(found.icp.score, 1)}`}><div class="table-wrap"><table class="table"><tbody>${found.icp.criteria.map((one) => html`<tr key=${one.name}><th scope="row">${named("icp", one.name)}</th><td class="number">${one.fit === null ? t("leads.not_said") : number(one.fit * 100)} ${one.fit === null ? "" : "%"}</td><td class="number">× ${number(one.weight)}</td><td>${one.why || "—"}</td></tr>`)}</tbody></table></div></${Card}>`;

export const Why = ({ found }) => html`<p>${found.why}</p>${found.flip && html`<p><b>${t("leads.flip")}</b> ${found.flip.fact}</p>`}${found.next_question && html`<p><b>${t("leads.ask")}</b> ${found.next_question.text ?? found.next_question}</p>`}${found.nurturing && html`<p><b>${t("leads.nurture")}</b> ${found.nurturing.text ?? found.nurturing}</p>`}${found.contradictions.length > 0 && html`<b>${t("planning.contradictions")}</b><ul>${found.contradictions.map((one, n) => html`<li key=${n}><b>${named("letters", one.letter)}</b>: ${t("leads.contradicts", { earlier: one.earlier.quote, later: one.later.quote })}</li>`)}</ul>`}<p class="how mb-0">${found.rules_version}</p>`;
