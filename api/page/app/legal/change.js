// The law changed: which open contracts, plans and offers it touches.
import { html, useState } from "../../vendor/ui.js";
import { post } from "../api.js";
import { number } from "../format.js";
import { t } from "../words.js";
import { Card, Empty, Trouble } from "../parts/parts.js";

export function LawChange() {
  const [since, setSince] = useState("2025-09-01"), [state, set] = useState({});
  const ask = async (event) => {
    event.preventDefault();
    set({ busy: true });
    set(await post("/v1/assist/law-change", { since }).then((answer) => ({ answer }), (problem) => ({ problem })));
  };
  return html`<${Card} title=${t("legal.changed")}><form class="filters mb-0" onSubmit=${ask}><label class="row-line">${t("legal.since")} <input class="form-control" type="date" required value=${since} onInput=${(event) => setSince(event.target.value)} /></label><button class="btn" disabled=${state.busy}>${t("legal.show")}</button></form>
    ${state.problem && html`<${Trouble} problem=${state.problem} />`}
    ${state.answer && html`<p class="mt-3"><b>${t("legal.touched", { n: state.answer.affected.length, of: number(state.answer.open) })}</b></p>${state.answer.affected.length ? html`<ul class="mb-0">${state.answer.affected.map((one, n) => html`<li key=${n}><b>${one.title ?? one.name ?? one.id}</b> <code>${one.rule_id ?? one.change?.rule_id ?? ""}</code> ${one.why ?? ""}${one.quote ? html` <q>${one.quote}</q>` : ""}</li>`)}</ul>` : html`<${Empty} icon="circle-check" />`}
    ${state.answer.set_aside.length > 0 && html`<details class="mt-2"><summary>${t("legal.set_aside")} (${state.answer.set_aside.length})</summary><ul class="mb-0">${state.answer.set_aside.map((one, n) => html`<li key=${n}>${one.title ?? one.name ?? one.id}: ${one.why ?? one.reason}</li>`)}</ul></details>`}`}</${Card}>`;
}
