// What else the address asks for, in words, each with a way to let it go.
import { html } from "../../vendor/ui.js";
import { day, span, when } from "../format.js";
import { query, setQuery } from "../state.js";
import { named, t } from "../words.js";
import { Icon } from "../parts/parts.js";

const LADDER = ["draft", "briefed", "planning", "offer_ready", "contracting", "launching", "running", "closing", "closed"];

const SAID = {
  timer: (value) => named("timers", value),
  sla: (value) => named("states", value),
  outcome: (value) => named("outcomes_of_deals", value),
  reached: (value) => named("stages", LADDER[value]),
  furthest: (value) => named("stages", LADDER[value]),
  anomaly: (value) => named("anomalies", value),
  source: (value) => named("systems", value),
  stage: (value) => value.split(",").map((one) => named("stages", one)).join(", "),
  unknown: (value) => value.split(",").map((one) => named("unknowns", one)).join(", "),
  due: (value) => (value === "today" ? t("dashboard.today") : day(value)),
  deadline: (value) => { const [name, state] = value.split(":"); return [named("deadlines", name), state && named("deadline_states", state)].filter(Boolean).join(": "); },
};

// A filter in words: its name, and its value where that is not a mere yes.
export function said(name, value) {
  if (value === "true") return named("filters", name);
  const words = SAID[name]?.(value) ?? (/^\d{4}-\d\d-\d\dT/.test(value) ? when(value) : /_age_(min|max)$|_over$/.test(name) ? span(Number(value)) : value);
  return `${named("filters", name)}: ${words}`;
}

export function Chips({ names, all }) {
  const q = query.value;
  return html`${names.map((name) => html`<span class="chip" key=${name}>${said(name, q.get(name))} <button type="button" aria-label=${`${t("say.clear")}: ${named("filters", name)}`} onClick=${() => setQuery({ [name]: null })}><${Icon} name="x" size=${14} /></button></span>`)}
    ${all.length > 0 && html`<button class="btn btn-ghost btn-sm" type="button" onClick=${() => setQuery(Object.fromEntries([...all, "saved"].map((name) => [name, null])))}><${Icon} name="x" size=${16} /> ${t("say.clear_all")}</button>`}`;
}
