// A file of leads: looked at before it goes, followed while it runs, and then what became of its rows.
import { html, useEffect, useState } from "../../vendor/ui.js";
import { events, get, send } from "../api.js";
import { number } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card, Head, Icon, Link, Skeleton, Trouble } from "../parts/parts.js";
import { Columns } from "../leads/columns.js";
import { Letters, Verdict } from "../leads/marks.js";

// How a job comes along, until it has ended; after a break, from where it stands by then.
async function follow(id, tell, signal) {
  const path = `/v1/leads/imports/${id}`;
  for (let wait = 500; !signal.aborted; wait = Math.min(wait * 2, 10000)) {
    try {
      for await (const { event, data } of events(`${path}/stream`, { signal, opened: () => { wait = 500; } })) {
        if (event === "ended") return tell(await get(path, {}, { signal }));
        tell(JSON.parse(data));
      }
    } catch (problem) {
      if (signal.aborted) return;
      if (problem.status >= 400 && problem.status < 500) throw problem;
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

export default function Import() {
  const [file, setFile] = useState(null), [seen, see] = useState({}), [chosen, choose] = useState({}), [state, set] = useState({}), [over, setOver] = useState(false);
  const form = (of) => {
    const made = new FormData();
    made.append("file", of);
    if (of === file && Object.keys(chosen).length) made.append("columns", JSON.stringify(chosen));
    return made;
  };
  const take = async (found) => {
    if (!found) return;
    setFile(found);
    set({});
    choose({});
    see({ busy: true });
    see(await send("POST", "/v1/leads/import/preview", form(found)).then((value) => ({ value }), (problem) => ({ problem })));
  };
  const run = async () => {
    set({ busy: true });
    try {
      const answer = await send("POST", "/v1/leads/import", form(file));
      set(answer.import_id && answer.imported === undefined ? { job: answer } : { answer });
    } catch (problem) { set({ problem }); }
  };
  // An import that was begun on an earlier visit, or before a restart, is followed from where it stands.
  useEffect(() => { get("/v1/leads/imports").then((page) => { const job = page.items.find((one) => one.state === "running"); if (job) set((now) => (now.job || now.busy || now.answer ? now : { job })); }, () => {}); }, []);
  const id = state.job?.import_id;
  useEffect(() => {
    if (!id || state.job.state !== "running") return;
    const stop = new AbortController();
    follow(id, (job) => set({ job }), stop.signal).catch((problem) => { if (!stop.signal.aborted) set({ problem }); });
    return () => stop.abort();
  }, [id]);
  const done = state.answer ?? (state.job?.state === "done" ? state.job.result ?? state.job : null);
  return html`<${Head} title=${t("leads.import")} sub=${t("leads.import_sub")}><${Link} class="btn" to="/leads">${t("nav.leads")}</${Link}></${Head}><div class="stack">
    <${Card} label=${t("leads.import")}><label class="drop ${over ? "over" : ""}" onDragOver=${(event) => { event.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)} onDrop=${(event) => { event.preventDefault(); setOver(false); take(event.dataTransfer.files[0]); }}><${Icon} name="file-upload" size=${32} /><b>${file ? file.name : t("leads.drop")}</b><span class="text-secondary">${file ? t("leads.size", { n: Math.max(1, Math.round(file.size / 1024)) }) : t("leads.kinds")}</span><input class="hidden" type="file" accept=".csv,.xlsx,.json,.txt" onChange=${(event) => { take(event.target.files[0]); event.target.value = ""; }} /></label>
      ${seen.problem && html`<${Trouble} problem=${seen.problem} />`}${seen.busy && html`<${Skeleton} lines=${3} />`}
      ${seen.value && !done && html`<${Columns} seen=${seen.value} chosen=${chosen} choose=${choose} busy=${state.busy || Boolean(state.job)} />`}
      ${file && !done && html`<button class="btn btn-primary mt-3" type="button" disabled=${state.busy || state.job || !seen.value} onClick=${run}>${t("leads.run")}</button>`}
      ${state.job && !done && html`<div class="mt-3" role="status"><progress max=${state.job.of || 1} value=${state.job.done || 0} aria-label=${t("leads.progress")}></progress> ${named("phases", state.job.phase)} ${number(state.job.done)} / ${number(state.job.of)}${state.job.state === "failed" ? html` <${Badge} tone="red">${state.job.problem?.detail ?? t("say.failed")}</${Badge}>` : ""}</div>`}</${Card}>
    ${state.problem && html`<${Trouble} problem=${state.problem} />`}
    ${done && html`<${Card} title=${t("leads.became")}><div class="tiles"><div class="tile"><b>${number(done.imported)}</b><span>${t("leads.imported")}</span></div><div class="tile"><b>${number(done.merged)}</b><span>${t("leads.joined")}</span></div><div class="tile"><b>${number(done.rejected?.length ?? done.rejected)}</b><span>${t("leads.rejected")}</span></div><div class="tile"><b>${number(done.proposed ?? 0)}</b><span>${t("leads.proposed")}</span></div></div>
      ${done.columns && html`<p class="mt-3 mb-0"><b>${t("leads.columns")}:</b> ${Object.entries(done.columns).map(([heading, meaning]) => html`<span class="chip" key=${heading}>${heading} → ${meaning ? named("lead_fields", meaning) : t("leads.kept_as_is")}</span> `)}</p>`}</${Card}>
    ${Array.isArray(done.rejected) && done.rejected.length > 0 && html`<${Card} flush title=${t("leads.rejected_rows")}><div class="table-wrap"><table class="table"><thead><tr><th class="number">${t("leads.row")}</th><th>${t("system.reason")}</th></tr></thead><tbody>${done.rejected.slice(0, 200).map((one) => html`<tr key=${one.row}><td class="number">${one.row}</td><td>${one.reason}<small class="sub">${Object.values(one.values || {}).join(" · ")}</small></td></tr>`)}</tbody></table></div></${Card}>`}
    ${done.leads?.length > 0 && html`<${Card} flush title=${t("nav.leads")}><div class="table-wrap"><table class="table"><tbody>${done.leads.slice(0, 100).map((lead) => html`<tr key=${lead.lead_id}><td><${Link} class="main" to=${`/leads/${lead.lead_id}`}>${[lead.legal_form, lead.name].filter(Boolean).join(" ")}</${Link}></td><td><${Letters} letters=${lead.qualification?.bant} /></td><td><${Verdict} of=${lead.qualification?.verdict} /></td></tr>`)}</tbody></table></div></${Card}>`}`}</div>`;
}
