// Earlier conversations: opened again, or forgotten.
import { html } from "../../vendor/ui.js";
import { get, send } from "../api.js";
import { toast } from "../state.js";
import { when } from "../format.js";
import { t } from "../words.js";
import { Empty, Icon, Loaded, useLoaded } from "../parts/parts.js";

export function Threads({ open, chosen, forgotten }) {
  const threads = useLoaded((signal) => get("/v1/chat", { limit: 50 }, { signal }), []);
  const forget = async (id) => {
    try { await send("DELETE", `/v1/chat/${id}`); forgotten(id); threads.again(); } catch (problem) { toast(problem.message, "danger"); }
  };
  return html`<${Loaded} of=${threads}>${({ items }) => items.length ? html`<ul class="threads">${items.map((one) => html`<li key=${one.thread_id} class=${one.thread_id === chosen ? "chosen" : ""}><button type="button" class="thread" onClick=${() => open(one.thread_id)}><b>${one.title}</b><small class="sub">${when(one.updated_at)} · ${t("copilot.turns", { n: one.turns })}</small></button><button class="btn btn-ghost btn-icon" type="button" aria-label=${t("copilot.forget", { title: one.title })} onClick=${() => forget(one.thread_id)}><${Icon} name="trash" size=${16} /></button></li>`)}</ul>` : html`<${Empty} icon="message-chatbot" title=${t("copilot.no_threads")} />`}</${Loaded}>`;
}
