// What could not be taken in and why, and whether the parts of the service are well.
import { html, useState } from "../../vendor/ui.js";
import { get, post } from "../api.js";
import { toast } from "../state.js";
import { number, when } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card, Empty, Head, Icon, Loaded, useLoaded } from "../parts/parts.js";

function Letters() {
  const [state, setState] = useState({ items: [], next: undefined });
  const loaded = useLoaded((signal) => { setState({ items: [], next: undefined }); return get("/v1/dead-letters", { limit: 25 }, { signal }); }, []);
  const next = state.next === undefined ? loaded.value?.next_cursor : state.next;
  const replay = async (letter) => {
    try {
      const answer = await post(`/v1/dead-letters/${letter.id ?? letter.number}/replay`);
      const outcome = answer.outcome ?? answer.results?.[0]?.outcome;
      toast(t("system.replayed", { outcome: named("outcomes", outcome) }), outcome === "rejected" ? "danger" : "success");
      loaded.again();
    } catch (problem) { toast(problem.message, "danger"); }
  };
  return html`<${Card} flush title=${t("system.letters")}><${Loaded} of=${loaded}>${(page) => { const items = [...page.items, ...state.items]; return items.length ? html`<div class="table-wrap"><table class="table"><thead><tr><th>${t("system.event")}</th><th>${t("system.reason")}</th><th class="number">${t("system.times")}</th><th>${t("room.received")}</th><th></th></tr></thead><tbody>${items.map((one) => html`<tr key=${one.number ?? one.id}><td><b>${one.type || "—"}</b><small class="sub">${one.source || "—"} · ${one.event_id ?? one.id ?? "—"}</small><details><summary>${t("room.data")}</summary><pre>${typeof one.body === "string" ? one.body : JSON.stringify(one.body, null, 2)}</pre></details></td><td><${Badge} tone="orange">${named("reasons", one.reason)}</${Badge}><small class="sub">${one.detail}</small></td><td class="number">${number(one.times)}</td><td class="nowrap">${when(one.received_at ?? one.received)}</td><td>${one.state === "open" || !one.state ? html`<button class="btn btn-sm" type="button" onClick=${() => replay(one)}><${Icon} name="player-play" size=${16} /> ${t("system.replay")}</button>` : html`<${Badge} tone="green">${named("letter_states", one.state)}</${Badge}>`}</td></tr>`)}</tbody></table></div>${next && html`<div class="p-2 text-center"><button class="btn btn-sm" type="button" onClick=${async () => { const answer = await get("/v1/dead-letters", { limit: 25, cursor: next }); setState({ items: [...state.items, ...answer.items], next: answer.next_cursor }); }}>${t("say.more")}</button></div>`}` : html`<${Empty} icon="circle-check" title=${t("system.no_letters")} />`; }}</${Loaded}></${Card}>`;
}

export default function System() {
  const ready = useLoaded((signal) => get("/readyz", {}, { signal }), []);
  const figures = (counts) => Object.entries(counts).map(([name, count]) => html`<div class="tile" key=${name}><b>${number(count)}</b><span>${named("counts", name)}</span></div>`);
  return html`<${Head} title=${t("nav.system")} sub=${t("system.sub")}><button class="btn" type="button" onClick=${ready.again}><${Icon} name="refresh" /> ${t("system.again")}</button></${Head}>
    <div class="stack"><${Card} title=${t("system.health")}><${Loaded} of=${ready} lines=${2}>${({ checks, counts }) => html`<div class="row-line mb-3">${Object.entries(checks).map(([name, state]) => html`<${Badge} key=${name} tone=${state === "ok" ? "green" : "red"} icon=${state === "ok" ? "circle-check" : "alert-triangle"}>${named("parts", name)}: ${state === "ok" ? t("system.ok") : state}</${Badge}>`)}</div>${counts && html`<div class="tiles">${figures(counts)}</div>`}`}</${Loaded}></${Card}>
    <${Letters} /></div>`;
}
