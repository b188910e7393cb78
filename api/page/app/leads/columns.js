// The columns of a list before it is taken in: their first cells, and what each is taken for; a person may say otherwise.
import { html } from "../../vendor/ui.js";
import { named, t } from "../words.js";
import { Badge } from "../parts/parts.js";

export function Columns({ seen, chosen, choose, busy }) {
  const field = (column) => (column.heading in chosen ? chosen[column.heading] : column.field);
  const rows = Math.max(0, ...seen.columns.map((column) => column.examples.length));
  return html`<div class="mt-3"><p class="mb-2"><b>${t("leads.preview")}</b> <span class="text-secondary">${t("leads.preview_sub")}</span></p>
    <div class="table-wrap" tabindex="0" role="group" aria-label=${t("leads.preview")}><table class="table columns"><thead><tr>${seen.columns.map((column) => html`<th key=${column.heading} scope="col"><span class="heading">${column.heading || "—"}</span>
      <select class="form-select form-select-sm ${field(column) ? "" : "unused"}" disabled=${busy} aria-label=${t("leads.column_is", { heading: column.heading })} value=${field(column) ?? ""} onChange=${(event) => choose({ ...chosen, [column.heading]: event.target.value || null })}><option value="">${t("leads.kept_as_is")}</option>${seen.fields.map((one) => html`<option key=${one} value=${one}>${named("lead_fields", one)}</option>`)}</select></th>`)}</tr></thead>
    <tbody>${Array.from({ length: rows }, (_, row) => html`<tr key=${row}>${seen.columns.map((column) => html`<td key=${column.heading}>${column.examples[row] || "—"}</td>`)}</tr>`)}</tbody></table></div>
    ${seen.findings.map((one, n) => html`<p key=${n} class="mb-1 mt-2"><${Badge} tone="yellow" icon="alert-triangle">${one.message}</${Badge}></p>`)}</div>`;
}
