"use strict";
// Every text from the service is set as text, never as markup.
const STAGES = { draft: "черновик", briefed: "бриф получен", planning: "медиапланирование", offer_ready: "КП готово", contracting: "договор", launching: "запуск", running: "идёт", closing: "закрытие", closed: "закрыта", cancelled: "отменена" };
const TIMERS = { lead_to_brief: "лид → бриф", brief_to_offer: "бриф → КП", offer_to_contract: "КП → договор", contract_to_launch: "договор → запуск", launch_to_close: "запуск → закрытие" };
const STATES = { pending: "не начат", running: "идёт", at_risk: "под угрозой", breached: "нарушен", met: "выполнен", met_late: "выполнен поздно", cancelled: "снят" };
const $ = (id) => document.getElementById(id);
const el = (tag, text, cls) => { const e = document.createElement(tag); if (text !== undefined && text !== null) e.textContent = text; if (cls) e.className = cls; return e; };
const when = (t) => t ? new Date(t).toLocaleString("ru-RU", { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit" }) : "—";
const money = (m) => m ? new Intl.NumberFormat("ru-RU", { style: "currency", currency: m.currency || "RUB", maximumFractionDigits: 2, minimumFractionDigits: 0 }).format(m.amount) + (m.vat === "incl" ? " с НДС" : m.vat === "excl" ? " без НДС" : "") : "—";
let next = null;

async function get(path) {
  const answer = await fetch(path);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail || body.title);
  return body;
}

function filters() {
  const query = new URLSearchParams();
  for (const name of ["q", "stage", "sla"]) if ($(name).value) query.set(name, $(name).value);
  return query;
}

function row(deal) {
  const tr = el("tr");
  tr.tabIndex = 0;
  const name = el("td", deal.title || "без названия");
  name.append(el("small", deal.master_deal_id));
  const client = el("td", deal.client && deal.client.name || "не указан");
  client.append(el("small", deal.industry || ""));
  const sla = el("td");
  for (const t of deal.sla) if (["breached", "at_risk", "running"].includes(t.state)) {
    const chip = el("span", TIMERS[t.timer] + ": " + STATES[t.state], "chip " + t.state);
    chip.title = "срок " + when(t.due_at);
    sla.append(chip);
  }
  const stage = el("td", STAGES[deal.aggregated_stage] || deal.aggregated_stage);
  tr.append(name, client, stage, el("td", deal.pipeline_step ? deal.pipeline_step + " · " + deal.pipeline_stage : "—"), el("td", money(deal.budget), "number"), sla, el("td", deal.missing.join(", ") || "—"), el("td", deal.anomalies.map((a) => a.code).join(", ") || "—"));
  const open = () => show(deal.master_deal_id);
  tr.addEventListener("click", open);
  tr.addEventListener("keydown", (e) => { if (e.key === "Enter") open(); });
  return tr;
}

async function list(more) {
  const query = filters();
  if (more && next) query.set("cursor", next);
  const page = await get("/v1/deals?" + query);
  if (!more) $("deals").replaceChildren();
  page.items.forEach((deal) => $("deals").append(row(deal)));
  next = page.next_cursor;
  $("more").hidden = !next;
  $("empty").hidden = $("deals").children.length > 0;
}

function table(heads, rows) {
  const t = el("table"), h = el("tr"), head = el("thead"), body = el("tbody");
  heads.forEach((x) => h.append(el("th", x)));
  head.append(h);
  rows.forEach((cells) => { const r = el("tr"); cells.forEach((c) => { const d = el("td"); d.append(c instanceof Node ? c : document.createTextNode(c ?? "—")); r.append(d); }); body.append(r); });
  t.append(head, body);
  return t;
}

async function show(id) {
  const path = "/v1/deals/" + encodeURIComponent(id);
  const [deal, story] = await Promise.all([get(path), get(path + "/timeline")]);
  $("deal-title").textContent = (deal.title || "Сделка") + " · " + id;
  const body = $("deal-body");
  body.replaceChildren(
    el("p", `${deal.client && deal.client.name || "клиент не указан"} · ${money(deal.budget)} · менеджер: ${deal.manager || "не указан"} · стадия: ${STAGES[deal.aggregated_stage]}`),
    el("h3", "SLA"),
    table(["Таймер", "Состояние", "Начат", "Срок", "Достигнут"], deal.sla.map((t) => [TIMERS[t.timer], el("span", STATES[t.state], "chip " + t.state), when(t.started_at), when(t.due_at), when(t.stopped_at)])),
    el("h3", "Гейты" + (deal.missing.length ? " · до следующей стадии не хватает: " + deal.missing.join(", ") : "")),
    table(["Гейт", "Состояние", "Событие", "Время"], Object.entries(deal.gates).map(([g, v]) => [g + " " + v.name, v.status ? "да" : "нет", v.event_id || "—", when(v.event_timestamp)])),
  );
  if (deal.anomalies.length) body.append(el("h3", "Аномалии"), table(["Код", "Что не так"], deal.anomalies.map((a) => [a.code, a.message])));
  body.append(el("h3", "История"), table(["Время", "", "Событие", "Эффект"], story.items.map((e) => [when(e.time), e.direction === "in" ? "вошло" : "вышло", e.type, e.effect ? [e.effect.gate, e.effect.stage_to && "→ " + STAGES[e.effect.stage_to]].filter(Boolean).join(" ") : ""])));
  if (!$("deal").open) $("deal").showModal();
}

async function ask(event) {
  event.preventDefault();
  const question = $("question").value.trim();
  if (!question) return;
  const box = $("answer");
  box.replaceChildren(el("span", "…"));
  try {
    const answer = await fetch("/v1/assist/ask", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ question }) });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.detail || body.title);
    box.replaceChildren(el("span", body.text));
    const sources = el("ol");
    body.evidence.forEach((e) => sources.append(el("li", `${e.id} · ${e.path} = ${typeof e.value === "object" ? JSON.stringify(e.value) : e.value}`)));
    if (body.evidence.length) box.append(sources);
  } catch (error) { box.replaceChildren(el("span", "Не получилось: " + error.message, "breached")); }
}

function live() {
  const source = new EventSource("/v1/stream");
  let timer = null;
  const changed = () => { clearTimeout(timer); timer = setTimeout(() => list(false).catch(() => {}), 300); };
  ["masterdeal.created", "masterdeal.stage.changed", "masterdeal.sla.updated", "masterdeal.sla.at_risk", "masterdeal.sla.breached", "masterdeal.closed"].forEach((t) => source.addEventListener(t, changed));
  source.onopen = () => { $("live").textContent = "на связи, обновляется по событиям"; };
  source.onerror = () => { $("live").textContent = "связь потеряна, пробую снова"; };
}

Object.entries(STAGES).forEach(([value, text]) => { const o = el("option", text); o.value = value; $("stage").append(o); });
["q", "stage", "sla"].forEach((id) => $(id).addEventListener("input", () => list(false).catch((e) => { $("live").textContent = e.message; })));
$("more").addEventListener("click", () => list(true));
$("ask").addEventListener("submit", ask);
list(false).catch((e) => { $("live").textContent = e.message; });
live();
