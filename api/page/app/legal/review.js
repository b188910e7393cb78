// Findings beside the text: a click on one shows its place, a click in the text shows the finding.
import { html, useState } from "../../vendor/ui.js";
import { day, number, percent } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card, Empty, Icon } from "../parts/parts.js";
import { Marked, reveal } from "../parts/marked.js";

export const TONES = { critical: "red", high: "red", medium: "orange", low: "yellow", info: "secondary" };
export const ORDER = ["critical", "high", "medium", "low", "info"];

const Law = ({ law }) => (law ? html`<small class="sub">${t("legal.law")}: ${law.act}, ${t("legal.article")} ${law.article}${law.part ? `, ${t("legal.part")} ${law.part}` : ""}${law.effective_from ? ` · ${t("legal.in_force", { from: day(law.effective_from) })}` : ""}${law.effective_to ? ` ${t("legal.until", { to: day(law.effective_to) })}` : ""}${law.status === "needs_legal_review" ? ` · ${t("legal.needs_review")}` : ""}</small>` : null);

export function Review({ answer, text, memo }) {
  const [chosen, choose] = useState(null);
  const findings = (answer.findings || []).map((one, n) => ({ ...one, id: `f${n}` })).sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  const marks = findings.filter((one) => one.kind !== "absent").map((one) => ({ id: one.id, start: one.start, end: one.end, tone: one.severity === "info" ? "green" : TONES[one.severity], title: `${one.rule_id} ${one.title || ""}` }));
  const fromText = (id) => { choose(id); document.getElementById(`finding-${id}`)?.scrollIntoView({ block: "nearest" }); };
  return html`<${Card} title=${t("legal.findings")} aside=${html`<span class="text-secondary">${t("legal.coverage", { share: percent(answer.result.coverage) })}</span><button class="btn btn-sm" type="button" onClick=${memo}><${Icon} name="download" size=${16} /> ${t("legal.memo")}</button>`}>
    ${findings.length ? html`<div class="split legal"><${Marked} text=${text} marks=${marks} chosen=${chosen} choose=${fromText} label=${t("legal.text")} />
    <ol class="findings">${findings.map((one) => html`<li key=${one.id} id=${`finding-${one.id}`} class="finding ${chosen === one.id ? "chosen" : ""}"><button type="button" class="linkish" onClick=${() => { choose(one.id); reveal(one.id); }}><b>${one.rule_id}</b> ${one.title}</button> <${Badge} tone=${TONES[one.severity]}>${named("severities", one.severity)}</${Badge}> <${Badge}>${named("finding_kinds", one.kind)}</${Badge}>${one.clause ? html` <${Badge}>${t("legal.clause")} ${one.clause}</${Badge}>` : ""}${one.found_by === "model" ? html` <${Badge} tone="purple" icon="robot">${t("legal.by_model")}</${Badge}>` : ""}
      <p class="mb-1">${one.why}</p>${one.quote && one.kind !== "absent" && html`<p class="quote">«${one.quote}»</p>`}${one.suggestion && html`<p class="mb-1"><span class="text-secondary">${t("legal.suggestion")}:</span> ${one.suggestion}</p>`}<${Law} law=${one.law} /></li>`)}</ol></div>` : html`<${Empty} icon="circle-check" title=${t("legal.none", { n: answer.result.checked.length })} />`}
    <details class="mt-3"><summary>${t("legal.checked")} (${number(answer.result.checked.length)})</summary><div class="table-wrap"><table class="table"><tbody>${answer.result.checked.map((one) => html`<tr key=${one.rule_id}><td><code>${one.rule_id}</code></td><td>${one.title}</td><td><${Badge} tone=${{ adverse: "red", forbidden: "red", absent: "orange", present: "green" }[one.state]}>${named("check_states", one.state)}</${Badge}></td></tr>`)}</tbody></table></div></details></${Card}>`;
}
