// A text typed, pasted or read from a file; the service keeps files, and gives their text back with its offsets.
import { html, useState } from "../../vendor/ui.js";
import { get, send } from "../api.js";
import { t } from "../words.js";
import { Icon } from "./parts.js";

export async function upload(file) {
  const form = new FormData();
  form.append("file", file);
  const card = await send("POST", "/v1/documents", form);
  return get(`/v1/documents/${card.document_id}`);
}

export function TextIntake({ id, label, hint, value, change, taken, rows = 9 }) {
  const [busy, setBusy] = useState(false), [problem, setProblem] = useState(null), [over, setOver] = useState(false);
  async function take(file) {
    if (!file) return;
    setBusy(true);
    setProblem(null);
    try { taken(await upload(file)); } catch (error) { setProblem(`${file.name}: ${error.message}`); }
    setBusy(false);
  }
  return html`<div class="intake ${over ? "over" : ""}" onDragOver=${(event) => { event.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)} onDrop=${(event) => { event.preventDefault(); setOver(false); take(event.dataTransfer.files[0]); }}>
    <label class="form-label" for=${id}>${label}</label><textarea id=${id} class="form-control" rows=${rows} placeholder=${hint} value=${value} onInput=${(event) => change(event.target.value)}></textarea>
    <div class="row-line mt-2"><label class="btn btn-sm"><${Icon} name="file-upload" size=${16} /> ${t(busy ? "say.loading" : "intake.file")}<input class="hidden" type="file" accept=".txt,.md,.docx,.xlsx,.pdf,.eml" onChange=${(event) => { take(event.target.files[0]); event.target.value = ""; }} /></label><span class="text-secondary">${t("intake.kinds")}</span></div>
    ${problem && html`<p class="text-danger mt-2 mb-0" role="alert">${problem}</p>`}</div>`;
}
