// The deal's documents: each with everything that was found in it, at its place.
import { html, useState } from "../../vendor/ui.js";
import { post, send } from "../api.js";
import { lang, query, setQuery, toast } from "../state.js";
import { number, when } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card, Empty, Icon, Link, Loaded, useLoaded } from "../parts/parts.js";
import { Marked, reveal } from "../parts/marked.js";
import { ORDER, TONES } from "../legal/review.js";
import { decision, decisionsOf, documentsOf, textOf, titled } from "./papers.js";

const KINDS = ["brief", "legal", "qualification"];

// What each job found in a text: {id, start, end, tone, title, why}. The latest decision of each kind speaks.
const FOUND = {
  brief: (answer) => Object.entries(answer.result.fields).flatMap(([name, field]) => (field.items?.length ? field.items : [field]).map((one, n) => ({ id: `brief-${name}-${n}`, start: one.start, end: one.end, tone: "blue", title: named("brief", name) }))),
  legal: (answer) => (answer.findings ?? []).filter((one) => one.kind !== "absent").sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity)).map((one, n) => ({ id: `legal-${n}`, start: one.start, end: one.end, tone: one.severity === "info" ? "green" : TONES[one.severity], title: `${one.rule_id} ${one.title ?? ""}`, why: one.why, badge: named("severities", one.severity) })),
  qualification: (answer, text) => Object.entries(answer.result.bant).flatMap(([name, letter]) => {
    const at = letter.quote ? text.indexOf(letter.quote) : -1;
    const start = Array.from(text.slice(0, Math.max(0, at))).length;
    return at < 0 ? [] : [{ id: `qualification-${name}`, start, end: start + Array.from(letter.quote).length, tone: "green", title: named("letters", name), badge: named("letter_marks", letter.state) }];
  }),
};

async function read(id, of, signal) {
  const [document, decisions] = await Promise.all([textOf(of, signal), decisionsOf(id, null, signal)]);
  const mine = KINDS.map((kind) => decisions.find((one) => one.kind === kind && one.document_id === of)).filter(Boolean);
  const full = await Promise.all(mine.map((one) => decision(one, signal)));
  return { document, layers: full.map((one) => ({ kind: one.kind, made_at: one.made_at, marks: FOUND[one.kind](one.answer, document.text), absent: (one.answer.findings ?? []).filter((found) => found.kind === "absent").length })) };
}

function Read({ id, of, removed }) {
  const loaded = useLoaded((signal) => read(id, of, signal), [id, of]);
  const [chosen, choose] = useState(null), [hidden, hide] = useState([]), [busy, setBusy] = useState(false);
  const ask = async (job) => {
    setBusy(true);
    try { await post(`/v1/assist/${job}`, { document_id: of, master_deal_id: id, lang: lang.value }); loaded.again(); } catch (problem) { toast(problem.message, "danger"); }
    setBusy(false);
  };
  return html`<${Loaded} of=${loaded} lines=${10}>${({ document, layers }) => {
    const shown = layers.filter((one) => !hidden.includes(one.kind)), marks = shown.flatMap((one) => one.marks);
    const done = (kind) => layers.some((one) => one.kind === kind);
    return html`<${Card} title=${titled(document)} aside=${html`<div class="row-line">${["brief", "legal", "qualification"].filter((job) => !done(job)).map((job) => html`<button key=${job} class="btn btn-sm" type="button" disabled=${busy} onClick=${() => ask(job)}>${t(`room.do_${job}`)}</button>`)}<button class="btn btn-sm" type="button" onClick=${removed}><${Icon} name="trash" size=${16} /> ${t("room.take_away")}</button></div>`}>
      <div class="row-line mb-2">${layers.map((one) => html`<button key=${one.kind} type="button" class="chip layer ${hidden.includes(one.kind) ? "" : "shown"}" aria-pressed=${hidden.includes(one.kind) ? "false" : "true"} onClick=${() => hide(hidden.includes(one.kind) ? hidden.filter((kind) => kind !== one.kind) : [...hidden, one.kind])}>${named("papers_found", one.kind)} · ${number(one.marks.length)}</button>`)}${!layers.length && html`<span class="text-secondary">${t("room.not_read")}</span>`}${busy && html`<span role="status">${t("say.loading")}</span>`}</div>
      <div class=${marks.length ? "split" : ""}><${Marked} text=${document.text} marks=${marks} chosen=${chosen} choose=${(mark) => { choose(mark); window.document.getElementById(`found-${mark}`)?.scrollIntoView({ block: "nearest" }); }} label=${t("room.text")} />
      ${marks.length > 0 && html`<ol class="findings">${shown.map((layer) => layer.marks.map((one) => html`<li key=${one.id} id=${`found-${one.id}`} class="finding ${chosen === one.id ? "chosen" : ""}"><button type="button" class="linkish" onClick=${() => { choose(one.id); reveal(one.id); }}>${one.title}</button> ${one.badge && html`<${Badge} tone=${one.tone}>${one.badge}</${Badge}>`}<p class="quote">«${Array.from(document.text).slice(one.start, one.end).join("")}»</p>${one.why && html`<p class="mb-0">${one.why}</p>`}</li>`))}</ol>`}</div>
      ${layers.map((one) => one.absent > 0 && html`<p class="mt-2 mb-0 row-line" key=${one.kind}>${t("room.absent", { n: one.absent })} <${Link} class="btn btn-sm" to=${`/deals/${encodeURIComponent(id)}?tab=legal`}>${t("room.legal")}</${Link}></p>`)}</${Card}>`;
  }}</${Loaded}>`;
}

export function Documents({ deal }) {
  const id = deal.master_deal_id;
  const list = useLoaded((signal) => documentsOf(id, signal), [id]);
  const [over, setOver] = useState(false), [busy, setBusy] = useState(false);
  const take = async (files) => {
    setBusy(true);
    for (const file of files) {
      const form = new FormData();
      form.append("file", file);
      try {
        const card = await send("POST", `/v1/documents?master_deal_id=${encodeURIComponent(id)}`, form);
        setQuery({ document: card.document_id }, { replace: true });
      } catch (problem) { toast(`${file.name}: ${problem.message}`, "danger"); }
    }
    setBusy(false);
    list.again();
  };
  const remove = async (one) => {
    try { await send("DELETE", `/v1/deals/${encodeURIComponent(id)}/documents/${one}`); setQuery({ document: null }, { replace: true }); list.again(); } catch (problem) { toast(problem.message, "danger"); }
  };
  return html`<div class="stack ${over ? "dropping" : ""}" onDragOver=${(event) => { event.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)} onDrop=${(event) => { event.preventDefault(); setOver(false); take([...event.dataTransfer.files]); }}>
    <${Loaded} of=${list}>${(items) => {
      const chosen = items.find((one) => one.document_id === query.value.get("document")) ?? items[0];
      return html`<div class="stack"><${Card} flush title=${t("room.documents")} aside=${html`<label class="btn btn-sm btn-primary"><${Icon} name="file-upload" size=${16} /> ${t(busy ? "say.loading" : "room.add_document")}<input class="hidden" type="file" multiple accept=".txt,.md,.docx,.xlsx,.pdf,.eml" onChange=${(event) => { take([...event.target.files]); event.target.value = ""; }} /></label>`}>
        ${items.length ? html`<ul class="papers">${items.map((one) => html`<li key=${one.document_id}><button type="button" class="paper ${one === chosen ? "chosen" : ""}" aria-pressed=${one === chosen ? "true" : "false"} onClick=${() => setQuery({ document: one.document_id }, { replace: true })}><${Icon} name="file-text" /><span><b>${titled(one)}</b><small class="sub">${one.kind.toUpperCase()} · ${t("room.chars", { n: one.chars })} · ${when(one.added_at)} · ${one.by}</small></span></button></li>`)}</ul>` : html`<${Empty} icon="file-text" title=${t("room.no_documents")}>${t("intake.kinds")}</${Empty}>`}</${Card}>
        ${chosen ? html`<${Read} key=${chosen.document_id} id=${id} of=${chosen.document_id} removed=${() => remove(chosen.document_id)} />` : null}</div>`;
    }}</${Loaded}></div>`;
}

