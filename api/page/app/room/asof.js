// The deal as it was: a slider over the times at which something happened, or as far as it was known by then.
import { html, useState } from "../../vendor/ui.js";
import { setQuery } from "../state.js";
import { when } from "../format.js";
import { t } from "../words.js";
import { Icon } from "../parts/parts.js";

export function AsOf({ deal, as_of, known_at }) {
  const first = Date.parse(deal.stages[0]?.started_at || deal.updated_at), last = Date.now();
  const chosen = as_of ? Date.parse(as_of) : last;
  const [shown, show] = useState(null);
  const at = shown ?? chosen;
  const then = (time) => setQuery({ as_of: time >= last - 60000 ? null : new Date(time).toISOString() }, { replace: true });
  return html`<div class="as-of ${as_of || known_at ? "past" : ""}"><label for="as-of"><${Icon} name="history" size=${16} /> ${t("room.as_of")}</label>
    <input id="as-of" type="range" min=${Math.floor(first / 60000)} max=${Math.ceil(last / 60000)} value=${Math.round(at / 60000)} aria-valuetext=${when(at)} onInput=${(event) => show(Number(event.target.value) * 60000)} onChange=${(event) => { show(null); then(Number(event.target.value) * 60000); }} />
    <output for="as-of">${as_of || shown ? when(at) : t("room.now")}</output>
    ${(as_of || known_at) && html`<button class="btn btn-sm" type="button" onClick=${() => setQuery({ as_of: null, known_at: null }, { replace: true })}>${t("room.to_now")}</button>`}</div>`;
}
