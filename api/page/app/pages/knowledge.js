// What the copilot may cite: searched here as it searches, added to and taken from.
import { html, useState } from "../../vendor/ui.js";
import { get, send } from "../api.js";
import { query, setQuery, toast } from "../state.js";
import { t, named } from "../words.js";
import { Badge, Card, Empty, Head, Icon, Loaded, useLoaded } from "../parts/parts.js";

const KINDS = ["law", "playbook", "product", "offer", "document"];

function Hits({ q, kind }) {
  const loaded = useLoaded((signal) => get("/v1/knowledge", { q, kind, limit: 10 }, { signal }), [q, kind]);
  return html`<${Loaded} of=${loaded} lines=${6}>${(found) => html`${found.pending > 0 && html`<p class="how">${t("knowledge.pending", { n: found.pending })}</p>`}${found.hits.length ? html`<ol class="hits">${found.hits.map((hit, n) => html`<li key=${n}><b>${hit.heading || hit.title}</b> <${Badge}>${named("knowledge_kinds", hit.kind)}</${Badge}><p class="mb-1">${hit.text}</p><small class="sub">${hit.cited} · ${t("knowledge.found_by")}: ${hit.found_by.map((one) => named("knowledge", one)).join(", ")}</small></li>`)}</ol>` : html`<${Empty} icon="search" title=${t("knowledge.nothing")} />`}`}</${Loaded}>`;
}

export default function Knowledge() {
  const q = query.value.get("q") || "", kind = query.value.get("kind") || "";
  const [text, setText] = useState(q);
  const documents = useLoaded((signal) => get("/v1/knowledge/documents", { limit: 100 }, { signal }), []);
  const add = async (file) => {
    if (!file) return;
    const form = new FormData();
    form.append("file", file);
    try { await send("POST", "/v1/knowledge", form); toast(t("knowledge.added", { name: file.name })); documents.again(); } catch (problem) { toast(`${file.name}: ${problem.message}`, "danger"); }
  };
  const remove = async (id) => {
    try { await send("DELETE", `/v1/knowledge/documents/${id}`); toast(t("knowledge.removed")); documents.again(); } catch (problem) { toast(problem.message, "danger"); }
  };
  return html`<${Head} title=${t("nav.knowledge")} sub=${t("knowledge.sub")}><label class="btn btn-primary"><${Icon} name="file-upload" /> ${t("knowledge.add")}<input class="hidden" type="file" accept=".txt,.md,.docx,.pdf,.xlsx,.eml" onChange=${(event) => { add(event.target.files[0]); event.target.value = ""; }} /></label></${Head}><div class="stack">
    <${Card} label=${t("knowledge.ask")}><form class="filters mb-0" role="search" onSubmit=${(event) => { event.preventDefault(); setQuery({ q: text.trim() }); }}><input class="form-control grow" type="search" aria-label=${t("knowledge.ask")} placeholder=${t("knowledge.ask")} value=${text} onInput=${(event) => setText(event.target.value)} /><select class="form-select" aria-label=${t("knowledge.kind")} value=${kind} onChange=${(event) => setQuery({ kind: event.target.value })}><option value="">${t("knowledge.kind")}: ${t("say.all")}</option>${KINDS.map((one) => html`<option key=${one} value=${one}>${named("knowledge_kinds", one)}</option>`)}</select><button class="btn btn-primary"><${Icon} name="search" /> ${t("knowledge.search")}</button></form>${q && html`<div class="mt-3"><${Hits} q=${q} kind=${kind} /></div>`}</${Card}>
    <${Card} flush title=${t("knowledge.documents")}><${Loaded} of=${documents}>${({ items }) => html`<div class="table-wrap"><table class="table"><tbody>${items.map((one) => html`<tr key=${one.document_id}><td><b>${one.title}</b><small class="sub">${one.name}</small></td><td>${named("knowledge_kinds", one.kind)}</td><td class="number">${t("knowledge.passages", { n: one.passages })}</td><td class="number">${one.packaged ? html`<${Badge}>${t("knowledge.packaged")}</${Badge}>` : html`<button class="btn btn-sm" type="button" onClick=${() => remove(one.document_id)}><${Icon} name="trash" size=${16} /> ${t("knowledge.remove")}</button>`}</td></tr>`)}</tbody></table></div>`}</${Loaded}></${Card}></div>`;
}
