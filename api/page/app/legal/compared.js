// What changed in risk between two drafts.
import { html } from "../../vendor/ui.js";
import { named, t } from "../words.js";
import { Badge, Card } from "../parts/parts.js";
import { TONES } from "./review.js";

const key = (one) => `${one.rule_id}/${one.kind}/${one.severity}`;

export function Compared({ before, after }) {
  const had = new Set(before.map(key)), has = new Set(after.map(key));
  const sides = [["appeared", after.filter((one) => !had.has(key(one)))], ["gone", before.filter((one) => !has.has(key(one)))]];
  return html`<${Card} title=${t("legal.compare")}>${sides.every(([, list]) => !list.length) ? html`<p class="mb-0">${t("legal.same")}</p>` : sides.map(([name, list]) => list.length > 0 && html`<div key=${name}><b>${t(`legal.${name}`)}</b><ul class="mb-2">${list.map((one) => html`<li key=${key(one)}><code>${one.rule_id}</code> ${one.title} <${Badge} tone=${name === "gone" ? "green" : TONES[one.severity]}>${named("severities", one.severity)}</${Badge}></li>`)}</ul></div>`)}</${Card}>`;
}
