// Is a file in hand what was drafted or approved here?
import { html, useState } from "../../vendor/ui.js";
import { send } from "../api.js";
import { named, t } from "../words.js";
import { Card, Icon, Link } from "../parts/parts.js";

// The service's reason in words; that of a line with its number.
function reason(text) {
  const [, line, why] = String(text ?? "").match(/^line (\d+): (.*)$/) ?? [];
  return line ? t("offer.line", { n: line, why: named("verify_reasons", why) }) : named("verify_reasons", text);
}

export function Verify() {
  const [answer, set] = useState(null), [over, setOver] = useState(false);
  const check = async (file) => {
    if (!file) return;
    const form = new FormData();
    form.append("file", file);
    set({ busy: true, name: file.name });
    set(await send("POST", "/v1/offers/verify", form).then((value) => ({ ...value, name: file.name }), (problem) => ({ valid: false, name: file.name, reason: problem.message })));
  };
  return html`<${Card} title=${t("offer.verify")}><div class="no-print ${over ? "dropping" : ""}" onDragOver=${(event) => { event.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)} onDrop=${(event) => { event.preventDefault(); setOver(false); check(event.dataTransfer.files[0]); }}><p class="text-secondary">${t("offer.verify_sub")}</p><label class="btn"><${Icon} name="file-upload" /> ${t("offer.choose_file")}<input class="hidden" type="file" accept=".json,.docx,.pdf,.xlsx,application/json" onChange=${(event) => { check(event.target.files[0]); event.target.value = ""; }} /></label>
    ${answer?.busy && html`<p class="mt-3 mb-0" role="status">${t("say.loading")}</p>`}
    ${answer && !answer.busy && html`<div class="mt-3 mb-0 alert ${answer.valid ? "alert-success" : "alert-danger"}" role="status"><p class="mb-0"><${Icon} name=${answer.valid ? "circle-check" : "circle-x"} /> <b>${answer.name}</b>: ${answer.valid ? t("offer.valid_file", { id: answer.offer_id, n: answer.version }) : `${t("offer.invalid_file")}: ${reason(answer.reason)}`}${answer.status ? ` · ${named("offer_states", answer.status)}` : ""}</p>${answer.differs?.length > 0 && html`<ul class="mb-0 mt-2">${answer.differs.map((one, n) => html`<li key=${n}>${one.here && html`${t("offer.here")}: <del>${one.here}</del> `}${one.kept && html`${t("offer.kept")}: <ins>${one.kept}</ins>`}</li>`)}</ul>`}${answer.offer_id && html`<${Link} to=${`/offers/${encodeURIComponent(answer.offer_id)}`}>${t("offer.open")}</${Link}>`}</div>`}</div></${Card}>`;
}
