// The simple values of a proposal as a form; what was changed becomes a merge patch (RFC 7396) and nothing else does.
import { html } from "../../vendor/ui.js";
import { named, t } from "../words.js";

const DEEP = 3, DAY = /^\d{4}-\d\d-\d\d$/;
const ACTING = ["presales", "sales", "account", "traffic", "legal", "docflow", "billing", "analyst", "qa"];
const simple = (value) => ["string", "number", "boolean"].includes(typeof value);

// [path, value] of every simple value: what a form can show.
export const leaves = (content, path = []) => Object.entries(content ?? {}).flatMap(([name, value]) => {
  const here = [...path, name];
  if (simple(value)) return [[here, value]];
  return value && typeof value === "object" && !Array.isArray(value) && here.length < DEEP ? leaves(value, here) : [];
});

const kept = (before, text) => (typeof before === "number" && text.trim() !== "" && !Number.isNaN(Number(text)) ? Number(text) : typeof before === "boolean" ? text === "true" : text);

// {"data.amount": "12"} and the content -> {data: {amount: 12}}
export function patch(content, changes) {
  const made = {};
  for (const [path, before] of leaves(content)) {
    const text = changes[path.join("\u0000")];
    if (text === undefined || text === String(before)) continue;
    let at = made;
    for (const name of path.slice(0, -1)) at = at[name] ??= {};
    at[path.at(-1)] = kept(before, text);
  }
  return made;
}

export const EditForm = ({ content, changes, change }) => html`<div class="edit-form">${leaves(content).map(([path, before]) => {
  const key = path.join("\u0000"), value = changes[key] ?? String(before), input = (event) => change({ ...changes, [key]: event.target.value });
  return html`<label class="form-label" key=${key}>${path.map((name) => named("proposal_fields", name)).join(" · ")}${typeof before === "boolean" ? html`<select class="form-select" value=${value} onChange=${input}><option value="true">${t("say.yes")}</option><option value="false">${t("say.no")}</option></select>` : path.at(-1) === "role" && ACTING.includes(before) ? html`<select class="form-select" value=${value} onChange=${input}>${ACTING.map((one) => html`<option key=${one} value=${one}>${named("roles", one)}</option>`)}</select>` : DAY.test(String(before)) ? html`<input class="form-control" type="date" required value=${value} onInput=${input} />` : value.length > 70 ? html`<textarea class="form-control" rows="3" value=${value} onInput=${input}></textarea>` : html`<input class="form-control" value=${value} onInput=${input} />`}</label>`;
})}</div>`;
