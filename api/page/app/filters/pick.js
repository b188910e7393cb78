// One of the values of a dimension, with the deals that each would leave.
import { html } from "../../vendor/ui.js";
import { number } from "../format.js";
import { lang, query, setQuery } from "../state.js";
import { named, t } from "../words.js";

export const DIMENSIONS = ["industry", "client_type", "manager", "source"];

const unknowns = () => (query.value.get("unknown") || "").split(",").filter(Boolean);

// The parameters that choose a value of a dimension, and let go of what was chosen in it before.
export function choosing(dimension, conditions) {
  const rest = unknowns().filter((name) => name !== dimension);
  const mine = dimension === "budget" ? { budget_min: null, budget_max: null, budget_below: null, currency: null } : { [dimension]: null };
  const { unknown, ...chosen } = conditions || {};
  return { ...mine, ...chosen, unknown: [...rest, ...(unknown ? [unknown] : [])].join(",") };
}

export function Pick({ dimension, choices }) {
  const values = choices?.values[dimension] || [];
  const at = unknowns().includes(dimension) ? values.findIndex((one) => one.value === null) : values.findIndex((one) => one.value !== null && one.value === query.value.get(dimension));
  const chosen = query.value.get(dimension) || (unknowns().includes(dimension) ? t("filters.unknown_value") : "");
  return html`<select class="form-select form-select-sm pick ${chosen ? "chosen" : ""}" aria-label=${t(`dashboard.by_${dimension}`)} value=${at < 0 ? (chosen ? "kept" : "") : String(at)} onChange=${(event) => setQuery(choosing(dimension, event.target.value === "" ? null : values[Number(event.target.value)]?.conditions))}>
    <option value="">${t(`dashboard.by_${dimension}`)}: ${t("say.all")}</option>
    ${at < 0 && chosen && html`<option value="kept">${chosen} (0)</option>`}
    ${values.map((one, n) => html`<option key=${one.value ?? ""} value=${String(n)}>${dimension === "source" && one.value ? named("systems", one.value) : one.name[lang.value]} (${number(one.deals)})</option>`)}</select>`;
}
