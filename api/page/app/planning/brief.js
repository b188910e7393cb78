// What the brief says, each value with its place in the text; what it does not say, and what to ask.
import { html, useState } from "../../vendor/ui.js";
import { day, money, number } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card, Icon } from "../parts/parts.js";
import { categoryNamed } from "./categories.js";
import { Marked, reveal } from "../parts/marked.js";

const ENUMS = { budget_vat: "vat", budget_commission: "vat", sex: "sexes" };

function shown(name, field) {
  const value = field.value;
  if (name === "kpi") return value.map((one) => `${named("metrics", one.metric)}${one.value === null || one.value === undefined ? "" : ` ${number(Number(one.value), 2)}`}`).join(", ");
  if (name === "contacts") return value.map((one) => one.value).join(", ");
  if (name === "channels" || name === "excluded_channels") return value.map((one) => named("channels", one)).join(", ");
  if (Array.isArray(value)) return value.join(", ");
  if (name.startsWith("budget_m")) return money({ amount: value, currency: field.unit || "RUB" }, { basis: false });
  if (name.startsWith("period")) return day(value);
  if (name === "category") return categoryNamed(value);
  return ENUMS[name] ? named(ENUMS[name], value) : String(value);
}

export function Brief({ answer, text, plan, busy }) {
  const { fields, missing, questions, contradictions } = answer.result;
  const [chosen, choose] = useState(null);
  const marks = Object.entries(fields).flatMap(([name, field]) => (field.items?.length ? field.items : [field]).map((one, n) => ({ id: n ? `${name}-${n}` : name, start: one.start, end: one.end, tone: chosen?.startsWith(name) ? "chosen" : "blue", title: named("brief", name) })));
  const pick = (name) => { choose(name); reveal(name); };
  return html`<${Card} title=${t("planning.understood")} aside=${html`<${Badge} tone=${missing.length ? "yellow" : "green"}>${missing.length ? t("planning.missing", { n: missing.length }) : t("planning.complete")}</${Badge}>`}><div class="split">
    <${Marked} text=${text} marks=${marks} chosen=${chosen} choose=${choose} label=${t("planning.brief")} />
    <div class="stack"><table class="table fields"><tbody>${Object.entries(fields).map(([name, field]) => html`<tr key=${name} class=${chosen === name ? "chosen" : ""}><th scope="row"><button class="linkish" type="button" onClick=${() => pick(name)}>${named("brief", name)}</button></th><td>${shown(name, field)}<small class="sub">«${field.quote}»</small></td></tr>`)}</tbody></table>
    ${contradictions.length > 0 && html`<div class="alert alert-warning mb-0"><b>${t("planning.contradictions")}</b><ul class="mb-0">${contradictions.map((one, n) => html`<li key=${n}>${one.text || one.message || named("brief", one.field)}</li>`)}</ul></div>`}
    ${questions.length > 0 && html`<div><b>${t("planning.ask")}</b><ul class="mb-0">${questions.map((one) => html`<li key=${one.field + one.reason}>${one.text}</li>`)}</ul></div>`}
    ${plan && html`<div><button class="btn btn-primary" type="button" disabled=${busy} onClick=${() => plan()}><${Icon} name="chart-bar" /> ${t("planning.make_plan")}</button></div>`}</div></div></${Card}>`;
}
