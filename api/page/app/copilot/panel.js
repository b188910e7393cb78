// The copilot beside every page: asks, shows its steps, links every figure to its source, and proposes.
import { html, useEffect, useRef, useState } from "../../vendor/ui.js";
import { events, get, send } from "../api.js";
import { copilotOpen, place, toast } from "../state.js";
import { t } from "../words.js";
import { Icon, Trouble, useLoaded } from "../parts/parts.js";
import { Answer } from "./answer.js";
import { Proposal } from "./proposal.js";
import { Threads } from "./threads.js";

const dealHere = () => place.value.pathname.match(/^\/deals\/([^/]+)$/)?.[1];
const kept = { get: () => sessionStorage.getItem("thread"), set: (id) => (id ? sessionStorage.setItem("thread", id) : sessionStorage.removeItem("thread")) };

function Steps({ steps, busy }) {
  if (!steps.length) return busy ? html`<p class="thinking" role="status">${t("copilot.thinking")}</p>` : null;
  return html`<details class="trail" open=${busy}><summary>${t("copilot.steps", { n: steps.length })}</summary><ol>${steps.map((step) => html`<li key=${step.id}><${Icon} name=${step.state === "started" ? "clock" : step.ok === false ? "circle-x" : "circle-check"} size=${16} /> <code>${step.tool}</code> ${Object.entries(step.args || {}).map(([name, value]) => html`<span class="arg">${name}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}</span>`)}</li>`)}</ol></details>`;
}

function Turn({ turn, thread, again }) {
  const answer = turn.answer;
  return html`<article class="turn"><div class="said-by-me">${turn.message}${(turn.files || []).map((file) => html`<span class="file"><${Icon} name="paperclip" size=${14} /> ${file}</span>`)}</div>
    <div class="said-by-copilot"><${Steps} steps=${turn.steps || []} busy=${turn.busy} />
    ${answer ? html`<${Answer} text=${answer.text} evidence=${answer.evidence || []} />` : turn.text ? html`<${Answer} text=${turn.text} evidence=${turn.evidence || []} />` : null}
    ${(turn.approvals || []).map((one) => html`<${Proposal} key=${one.id} proposal=${one} thread=${thread} />`)}
    ${turn.problem && html`<${Trouble} problem=${turn.problem} />`}
    ${turn.note && html`<p class="how" role="alert">${t(`copilot.${turn.note}`)}</p>`}
    ${again && !turn.busy && !answer && (turn.problem || turn.note) && html`<button class="btn btn-sm" type="button" onClick=${again}><${Icon} name="refresh" size=${16} /> ${t("copilot.again")}</button>`}
    ${answer && html`<p class="how">${t(`copilot.mode_${answer.mode}`)}${answer.llm?.model ? ` · ${answer.llm.model}` : ""}${answer.decision_id ? html` · <span title=${t("copilot.decision")}>${answer.decision_id}</span>` : ""}</p>`}</div></article>`;
}

export default function Panel() {
  const [thread, setThread] = useState(kept.get());
  const [turns, setTurns] = useState([]);
  const [files, setFiles] = useState([]);
  const [history, showHistory] = useState(false);
  const [over, setOver] = useState(false);
  const stop = useRef(null), box = useRef(), end = useRef();
  const busy = turns.at(-1)?.busy ?? false;
  const deal = dealHere();

  const told = useLoaded((signal) => (thread && !turns.length ? get(`/v1/chat/${thread}`, {}, { signal }) : Promise.resolve(null)), [thread]);
  useEffect(() => {
    if (!told.value) { if (told.problem?.status === 404) { kept.set(null); setThread(null); } return; }
    const waiting = told.value.approvals || [];
    setTurns(told.value.items.map((item) => ({ ...item, approvals: waiting.filter((one) => (item.answer.proposals || []).some((other) => other.id === one.id)) })));
  }, [told.value, told.problem]);
  useEffect(() => { box.current?.focus(); }, []);
  useEffect(() => { end.current?.scrollIntoView({ block: "end" }); }, [turns.length, turns.at(-1)?.text, turns.at(-1)?.answer]);

  const change = (how) => setTurns((all) => [...all.slice(0, -1), how(all.at(-1))]);

  async function ask(message, attached = files) {
    const names = attached.map((file) => file.name);
    const body = { message, ...(thread && { thread_id: thread }), ...(deal && { master_deal_id: decodeURIComponent(deal) }) };
    if (attached.length) body.document_ids = attached.map((file) => file.id);
    setFiles([]);
    setTurns((all) => [...all, { message, attached, files: names, busy: true, steps: [], text: "", evidence: [], approvals: [] }]);
    stop.current = new AbortController();
    try {
      const stream = events("/v1/chat", { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" }, signal: stop.current.signal });
      for await (const { event, data } of stream) {
        const value = JSON.parse(data);
        if (event === "thread") { setThread(value.thread_id); kept.set(value.thread_id); }
        else if (event === "step") change((turn) => ({ ...turn, steps: [...turn.steps.filter((one) => one.id !== value.id), value] }));
        else if (event === "token") change((turn) => ({ ...turn, text: turn.text + value.text }));
        else if (event === "evidence") change((turn) => ({ ...turn, evidence: [...turn.evidence, value] }));
        else if (event === "approval") change((turn) => ({ ...turn, approvals: [...turn.approvals, value] }));
        else if (event === "answer") change((turn) => ({ ...turn, answer: value }));
        else if (event === "error") change((turn) => ({ ...turn, problem: { status: value.status ?? -1, message: value.detail || value.title } }));
      }
      change((turn) => ({ ...turn, busy: false, note: turn.answer || turn.problem ? null : "cut" }));
    } catch (problem) {
      const stopped = problem.name === "AbortError", refused = problem.status !== undefined;
      change((turn) => ({ ...turn, busy: false, note: stopped ? "stopped" : refused || turn.answer ? null : "cut", problem: refused ? problem : null }));
    }
  }

  const submit = (event) => {
    event?.preventDefault();
    const message = box.current.value.trim();
    if (!message || busy) return;
    box.current.value = "";
    ask(message);
  };

  async function take(list) {
    for (const file of list) {
      const form = new FormData();
      form.append("file", file);
      try {
        const taken = await send("POST", "/v1/documents", form);
        setFiles((all) => [...all, { id: taken.document_id, name: file.name }]);
      } catch (problem) { toast(`${file.name}: ${problem.message}`, "danger"); }
    }
  }

  // Focus goes back to where the panel was opened.
  const shut = () => { copilotOpen.value = false; document.querySelector(".copilot-button")?.focus(); };
  const anew = () => { stop.current?.abort(); kept.set(null); setThread(null); setTurns([]); showHistory(false); box.current?.focus(); };
  const open = (id) => { kept.set(id); setTurns([]); setThread(id); showHistory(false); };
  const hints = deal ? ["copilot.hint_deal_1", "copilot.hint_deal_2", "copilot.hint_deal_3"] : ["copilot.hint_1", "copilot.hint_2", "copilot.hint_3"];

  return html`<aside id="copilot" class="copilot ${over ? "over" : ""}" aria-label=${t("nav.copilot")} onKeyDown=${(event) => { if (event.key === "Escape") shut(); }}
    onDragOver=${(event) => { event.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)} onDrop=${(event) => { event.preventDefault(); setOver(false); take(event.dataTransfer.files); }}>
    <header class="copilot-head"><h2><${Icon} name="sparkles" /> ${t("nav.copilot")}</h2>
      <button class="btn btn-ghost btn-icon" type="button" aria-label=${t("copilot.history")} aria-pressed=${history ? "true" : "false"} onClick=${() => showHistory(!history)}><${Icon} name="history" /></button>
      <button class="btn btn-ghost btn-icon" type="button" aria-label=${t("copilot.anew")} onClick=${anew}><${Icon} name="plus" /></button>
      <button class="btn btn-ghost btn-icon" type="button" aria-label=${t("say.close")} onClick=${shut}><${Icon} name="x" /></button></header>
    ${history ? html`<div class="copilot-body" tabindex="0"><${Threads} open=${open} chosen=${thread} forgotten=${(id) => id === thread && anew()} /></div>` : html`<div class="copilot-body" tabindex="0" role="log" aria-live="polite" aria-busy=${busy ? "true" : "false"}>
      ${!turns.length && html`<div class="hello"><p>${t(deal ? "copilot.hello_deal" : "copilot.hello")}</p>${hints.map((key) => html`<button key=${key} class="hint" type="button" onClick=${() => ask(t(key))}>${t(key)}</button>`)}<p class="how">${t("copilot.promise")}</p></div>`}
      ${turns.map((turn, n) => html`<${Turn} key=${n} turn=${turn} thread=${thread} again=${n === turns.length - 1 && turn.attached ? () => ask(turn.message, turn.attached) : null} />`)}<div ref=${end}></div></div>`}
    <form class="copilot-ask" onSubmit=${submit}>
      ${(deal || files.length > 0) && html`<div class="row-line">${deal && html`<span class="chip"><${Icon} name="briefcase" size=${14} /> ${decodeURIComponent(deal)}</span>`}${files.map((file) => html`<span class="chip" key=${file.id}><${Icon} name="paperclip" size=${14} /> ${file.name} <button type="button" aria-label=${t("copilot.remove_file", { name: file.name })} onClick=${() => setFiles((all) => all.filter((one) => one !== file))}><${Icon} name="x" size=${14} /></button></span>`)}</div>`}
      <textarea ref=${box} rows="2" maxlength="20000" class="form-control" aria-label=${t("copilot.ask")} placeholder=${t("copilot.ask")} onKeyDown=${(event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event); }}></textarea>
      <div class="row-line spread"><label class="btn btn-ghost btn-icon" title=${t("copilot.attach")}><${Icon} name="paperclip" label=${t("copilot.attach")} /><input class="hidden" type="file" multiple accept=".txt,.md,.docx,.xlsx,.pdf,.eml" onChange=${(event) => { take([...event.target.files]); event.target.value = ""; }} /></label>
      ${busy ? html`<button class="btn" type="button" onClick=${() => stop.current?.abort()}><${Icon} name="x" /> ${t("copilot.stop")}</button>` : html`<button class="btn btn-primary" type="submit"><${Icon} name="send" /> ${t("copilot.send")}</button>`}</div></form></aside>`;
}

