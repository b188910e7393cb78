"use strict";
// Every text from the service is set as text, never as markup.
const STAGES = { draft: "черновик", briefed: "бриф получен", planning: "медиапланирование", offer_ready: "КП готово", contracting: "договор", launching: "запуск", running: "идёт", closing: "закрытие", closed: "закрыта", cancelled: "отменена" };
const STEPS = ["импорт лида", "квалификация лида", "бриф получен", "медиапланирование", "формирование КП", "договор", "запуск кампании", "кампания идёт", "закрытие", "постанализ"];
const TIMERS = { lead_to_brief: "лид → бриф", brief_to_offer: "бриф → КП", offer_to_contract: "КП → договор", contract_to_launch: "договор → запуск", launch_to_close: "запуск → закрытие" };
const STATES = { pending: "не начат", running: "идёт", at_risk: "под угрозой", breached: "нарушен", met: "выполнен", met_late: "выполнен поздно", cancelled: "снят" };
const GATES = { G1: "бриф", G2: "медиаплан", G3: "КП согласовано", G4: "договор подписан", G5: "кампания запущена", G6: "счёт выставлен", G7: "закрытие завершено" };
const ANOMALIES = { gate_order: "гейты не по порядку", origin_missing: "нет события создания", stage_disagreement: "системы расходятся", after_cancellation: "событие после отмены", time_before_origin: "создана позже своих событий", future_event: "событие из будущего" };
const CHANGES = ["masterdeal.created", "masterdeal.stage.changed", "masterdeal.sla.updated", "masterdeal.sla.at_risk", "masterdeal.sla.breached", "masterdeal.anomaly.detected", "masterdeal.closed"];
const $ = (id) => document.getElementById(id);
const el = (tag, text, cls) => { const e = document.createElement(tag); if (text !== undefined && text !== null) e.textContent = text; if (cls) e.className = cls; return e; };
const when = (t) => t ? new Date(t).toLocaleString("ru-RU", { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: "Europe/Moscow" }) : "—";
const money = (m) => m ? new Intl.NumberFormat("ru-RU", { style: "currency", currency: m.currency || "RUB", maximumFractionDigits: 2, minimumFractionDigits: 0 }).format(m.amount) + (m.vat === "incl" ? " с НДС" : m.vat === "excl" ? " без НДС" : "") : "—";
const plural = (n, one, few, many) => n.toLocaleString("ru-RU") + " " + (n % 10 === 1 && n % 100 !== 11 ? one : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? few : many);
const span = (seconds) => {
  const minutes = Math.floor(Math.abs(seconds) / 60), days = Math.floor(minutes / 1440), hours = Math.floor(minutes / 60) % 24;
  return days ? `${days} д ${hours} ч` : hours ? `${hours} ч ${minutes % 60} мин` : `${minutes} мин`;
};
let next = null;
let sla = "breached";
let asked = 0;

async function get(path) {
  const answer = await fetch(path);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail || body.title);
  return body;
}

function filters() {
  const query = new URLSearchParams();
  for (const name of ["q", "stage"]) if ($(name).value) query.set(name, $(name).value);
  if (sla) query.set("sla", sla);
  return query;
}

// Working time passes unevenly, so what is overdue is said only where every hour counts; the due time always is.
function timerChip(t) {
  let text = TIMERS[t.timer] + ": " + STATES[t.state];
  if (t.calendar === "elapsed" && t.remaining_s !== null) text = TIMERS[t.timer] + (t.remaining_s < 0 ? ": просрочен на " : ": осталось ") + span(t.remaining_s);
  const chip = el("span", text, "chip " + t.state);
  chip.title = STATES[t.state] + (t.due_at ? ", срок " + when(t.due_at) : ", приостановлен с " + when(t.suspended_since));
  return chip;
}

function progress(step) {
  const bar = el("span", null, "steps");
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", `шаг ${step} из 10`);
  for (let n = 1; n <= 10; n++) bar.append(el("i", null, n < step ? "past" : n === step ? "here" : ""));
  return bar;
}

function row(deal) {
  const tr = el("tr");
  tr.tabIndex = 0;
  const name = el("td", deal.title || "без названия");
  name.append(el("small", deal.master_deal_id + (deal.manager ? " · " + deal.manager : "")));
  const client = el("td", deal.client && deal.client.name || "не указан");
  client.append(el("small", deal.industry || ""));
  const stage = el("td", STAGES[deal.aggregated_stage] || deal.aggregated_stage);
  if (deal.pipeline_step) stage.append(el("small", `${deal.pipeline_step}. ${STEPS[deal.pipeline_step - 1]}`), progress(deal.pipeline_step));
  const timers = el("td");
  for (const t of deal.sla) if (["breached", "at_risk", "running"].includes(t.state)) timers.append(timerChip(t));
  const missing = el("td", deal.missing.join(", ") || "—");
  missing.title = deal.missing.map((g) => g + " " + GATES[g]).join(", ");
  const odd = el("td");
  [...new Set(deal.anomalies.map((a) => a.code))].forEach((code) => { const mark = el("span", ANOMALIES[code] || code, "odd"); mark.title = deal.anomalies.filter((a) => a.code === code).map((a) => a.message).join("; "); odd.append(mark); });
  if (!odd.children.length) odd.textContent = "—";
  tr.append(name, client, stage, el("td", money(deal.budget), "number"), timers, missing, odd);
  const open = () => show(deal.master_deal_id);
  tr.addEventListener("click", open);
  tr.addEventListener("keydown", (e) => { if (e.key === "Enter") open(); });
  return tr;
}

async function list(more) {
  const mine = ++asked;
  const query = filters();
  if (more && next) query.set("cursor", next);
  const page = await get("/v1/deals?" + query);
  if (mine !== asked) return;
  if (!more) $("deals").replaceChildren();
  page.items.forEach((deal) => $("deals").append(row(deal)));
  next = page.next_cursor;
  $("more").hidden = !next;
  $("empty").hidden = $("deals").children.length > 0;
}

async function counts() {
  const held = (await get("/readyz")).counts;
  $("counts").textContent = `${plural(held.deals, "сделка", "сделки", "сделок")} · ${plural(held.events, "событие", "события", "событий")}` + (held.dead_letters ? ` · ${plural(held.dead_letters, "событие не принято", "события не приняты", "событий не принято")}` : "");
}

const refresh = () => Promise.all([list(false), counts()]).catch((e) => { $("live").textContent = e.message; });

function table(heads, rows) {
  const t = el("table"), h = el("tr"), head = el("thead"), body = el("tbody");
  heads.forEach((x) => h.append(el("th", x)));
  head.append(h);
  rows.forEach((cells) => { const r = el("tr"); cells.forEach((c) => { const d = el("td"); d.append(c instanceof Node ? c : document.createTextNode(c ?? "—")); r.append(d); }); body.append(r); });
  t.append(head, body);
  return t;
}

function effect(e) {
  if (!e.effect) return "";
  if (e.effect.kind === "scheduled") return "вступит в силу в своё время";
  if (e.effect.kind === "unknown_type") return "тип неизвестен";
  return [e.effect.gate && e.effect.gate + (e.effect.value === false ? " снят" : ""), e.effect.stage_to && "→ " + STAGES[e.effect.stage_to]].filter(Boolean).join(" ");
}

async function show(id) {
  const path = "/v1/deals/" + encodeURIComponent(id);
  let deal, story;
  try { [deal, story] = await Promise.all([get(path), get(path + "/timeline")]); } catch (error) { $("live").textContent = error.message; return; }
  history.replaceState(null, "", "#" + encodeURIComponent(id));
  $("deal-title").textContent = (deal.title || "Сделка") + " · " + id;
  const now = el("p", null, "now");
  now.append(el("strong", STAGES[deal.aggregated_stage] || deal.aggregated_stage));
  if (deal.pipeline_step) now.append(progress(deal.pipeline_step), el("span", `шаг ${deal.pipeline_step} из 10, ${STEPS[deal.pipeline_step - 1]}`));
  if (deal.missing.length) now.append(el("span", "дальше нужно: " + deal.missing.map((g) => `${g} ${GATES[g]}`).join(", "), "odd"));
  const body = $("deal-body");
  body.replaceChildren(
    now,
    el("p", `${deal.client && deal.client.name || "клиент не указан"} · ${deal.industry || "отрасль не указана"} · бюджет ${money(deal.budget)} · менеджер: ${deal.manager || "не указан"}`),
    el("p", Object.entries(deal.domain_stages).map(([system, stage]) => `${system}: ${stage}`).join(" · "), "soft"),
  );
  if (deal.anomalies.length) body.append(el("h3", "Внимание"), table(["Что", "Подробно"], deal.anomalies.map((a) => [ANOMALIES[a.code] || a.code, a.message])));
  body.append(
    el("h3", "SLA"),
    table(["Таймер", "Состояние", "Начат", "Срок", "Достигнут"], deal.sla.map((t) => [TIMERS[t.timer], el("span", STATES[t.state], "chip " + t.state), when(t.started_at), when(t.due_at), when(t.stopped_at)])),
    el("h3", "Гейты"),
    table(["Гейт", "Состояние", "Событие", "Время"], Object.entries(deal.gates).map(([g, v]) => [g + " " + GATES[g], v.status ? el("span", "да", "met") : el("span", "нет", "pending"), v.event_id || "—", when(v.event_timestamp)])),
  );
  if (deal.deadlines.length) body.append(el("h3", "Сроки"), table(["Срок", "Состояние", "До", "Закончено"], deal.deadlines.map((d) => [d.deadline, el("span", STATES[d.state], "chip " + d.state), when(d.due_at), when(d.stopped_at)])));
  body.append(el("h3", "История"), table(["Случилось", "Получено", "", "Событие", "Действие"], story.items.map((e) => [when(e.time), when(e.received_at), e.direction === "in" ? "вошло" : "вышло", e.type, effect(e)])));
  if (!$("deal").open) $("deal").showModal();
  $("deal").scrollTop = 0;
}

// The text of an answer, with each deal it names as a button that opens the deal.
function told(text, ids) {
  const box = el("div", null, "told");
  const names = [...new Set(ids)].sort((a, b) => b.length - a.length).map((id) => id.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const parts = names.length ? text.split(new RegExp(`(${names.join("|")})`)) : [text];
  parts.forEach((part) => {
    if (!ids.includes(part)) { box.append(part); return; }
    const link = el("button", part, "link");
    link.type = "button";
    link.addEventListener("click", () => show(part));
    box.append(link);
  });
  return box;
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
    const ids = body.evidence.filter((e) => /\/master_deal_id$/.test(e.path)).map((e) => String(e.value));
    box.replaceChildren(told(body.text, ids));
    if (body.evidence.length) {
      const sources = el("details"), rows = body.evidence.map((e) => [e.id, e.path, typeof e.value === "object" ? JSON.stringify(e.value) : String(e.value)]);
      sources.append(el("summary", "Источники: " + body.evidence.length), table(["№", "Где", "Значение"], rows));
      box.append(sources);
    }
  } catch (error) { box.replaceChildren(el("span", "Не получилось: " + error.message, "breached")); }
}

function live() {
  const source = new EventSource("/v1/stream");
  let timer = null;
  const changed = () => { clearTimeout(timer); timer = setTimeout(refresh, 300); };
  CHANGES.forEach((t) => source.addEventListener(t, changed));
  source.onopen = () => { $("live").textContent = "на связи, обновляется по событиям"; };
  source.onerror = () => { $("live").textContent = "связь потеряна, пробую снова"; };
}

async function start() {
  Object.entries(STAGES).forEach(([value, text]) => { const o = el("option", text); o.value = value; $("stage").append(o); });
  const tabs = [...document.querySelectorAll("[data-sla]")];
  const choose = (value) => { sla = value; tabs.forEach((t) => t.setAttribute("aria-pressed", String(t.dataset.sla === value))); return refresh(); };
  tabs.forEach((tab) => tab.addEventListener("click", () => choose(tab.dataset.sla)));
  $("stage").addEventListener("input", () => choose(""));
  $("q").addEventListener("input", () => choose(""));
  $("more").addEventListener("click", () => list(true));
  $("ask").addEventListener("submit", ask);
  $("deal").addEventListener("close", () => history.replaceState(null, "", location.pathname));
  await refresh();
  // Nothing is late: show everything.
  if (!$("deals").children.length) await choose("");
  if (location.hash.length > 1) show(decodeURIComponent(location.hash.slice(1)));
  live();
}
start();
