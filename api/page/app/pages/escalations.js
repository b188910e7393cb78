// Breaches and warnings as tasks: who must act, how late it is, taken up or closed.
import { html, useEffect, useState } from "../../vendor/ui.js";
import { get } from "../api.js";
import { hear } from "../live.js";
import { query, setQuery } from "../state.js";
import { named, t } from "../words.js";
import { Card, Choice, Empty, Head, Loaded, useLoaded } from "../parts/parts.js";
import { Tasks } from "../parts/tasks.js";

const STATES = ["open", "closed"];
const KINDS = ["breach", "warning"];

export default function Escalations() {
  const state = STATES.includes(query.value.get("state")) ? query.value.get("state") : "open", kind = query.value.get("kind") || "breach";
  const [more, setMore] = useState({ key: "", items: [], next: undefined });
  const key = `${state}/${kind}`;
  const loaded = useLoaded((signal) => get("/v1/escalations", { state, kind, limit: 50 }, { signal }), [key]);
  useEffect(() => hear((news) => news.some((event) => event.type.includes("sla")) && loaded.again(), 1000), [key]);
  const grown = more.key === key ? more : { items: [], next: undefined };
  const next = grown.next === undefined ? loaded.value?.next_cursor : grown.next;
  return html`<${Head} title=${t("nav.escalations")} sub=${t("escalations.sub")} />
    <div class="filters"><${Choice} label=${t("escalations.kind")} options=${KINDS.map((one) => [one, named("task_kinds", one)])} chosen=${kind} choose=${(one) => setQuery({ kind: one === "breach" ? null : one })} /><${Choice} label=${t("escalations.state")} options=${STATES.map((one) => [one, named("task_states", one)])} chosen=${state} choose=${(one) => setQuery({ state: one === "open" ? null : one })} /></div>
    <${Card} flush label=${t("nav.escalations")}><${Loaded} of=${loaded} lines=${8}>${(page) => { const items = [...page.items, ...grown.items]; return items.length ? html`<${Tasks} items=${items} done=${loaded.again} />${next && html`<div class="p-2 text-center"><button class="btn btn-sm" type="button" onClick=${async () => { const answer = await get("/v1/escalations", { state, kind, limit: 50, cursor: next }); setMore({ key, items: [...grown.items, ...answer.items], next: answer.next_cursor }); }}>${t("say.more")}</button></div>`}`
    : html`<${Empty} icon="alarm" title=${t(`escalations.none_${state}`)} />`; }}</${Loaded}></${Card}>`;
}
