// All deals: as a board, a table or a list; filters in the address; live.
import { html, useEffect, useRef, useState } from "../../vendor/ui.js";
import { caller, query, setQuery } from "../state.js";
import { number } from "../format.js";
import { named, t } from "../words.js";
import { Choice, Empty, Head, Icon, Loaded } from "../parts/parts.js";
import { PrintLists } from "../parts/printed.js";
import { Sums } from "../dashboard/marks.js";
import { Budget } from "../filters/budget.js";
import { Chips } from "../filters/chips.js";
import { useChoices } from "../filters/choices.js";
import { DIMENSIONS, Pick } from "../filters/pick.js";
import { Saved } from "../filters/saved.js";
import { SORTS, asked, sort } from "../deals/asked.js";
import { Board, STAGES } from "../deals/board.js";
import { List, useNarrow } from "../deals/list.js";
import { Table } from "../deals/table.js";

const VIEWS = { board: Board, table: Table, list: List };
const CONTROLLED = ["q", "stage", ...DIMENSIONS, "budget_min", "budget_max", "budget_below", "currency", "unknown", "stale", "mine"];
// Quick filters: which parameters stand for them. A broken SLA and one at risk exclude each other.
const QUICK = [
  ["breached", { sla: "breached" }, "flame"], ["at_risk", { sla: "at_risk" }, "alert-triangle"],
  ["today", { due: "today" }, "calendar"], ["stale", { stale: "true" }, "history"], ["mine", { mine: "true" }, "user"],
];

function Quick({ choices }) {
  const q = query.value;
  return html`<div class="quick" role="group" aria-label=${t("quick.title")}>${QUICK.filter(([name]) => name !== "mine" || caller.value?.subject !== "local").map(([name, params, icon]) => {
    const on = Object.entries(params).every(([one, value]) => q.get(one) === value) && !(params.sla && q.get("timer"));
    const off = Object.fromEntries(Object.keys(params).map((one) => [one, null]));
    return html`<button key=${name} type="button" data-quick=${name} class="btn btn-sm quick-${name} ${on ? "active" : ""}" aria-pressed=${on ? "true" : "false"} title=${t(`quick.${name}_about`)} onClick=${() => setQuery(on ? off : { ...params, ...(params.sla && { timer: null }) })}><${Icon} name=${icon} size=${16} /> ${t(`quick.${name}`)} <span class="count">${number(choices?.quick[name])}</span></button>`;
  })}<label class="sort-by">${t("deals.sort")} <select class="form-select form-select-sm" value=${sort()} onChange=${(event) => setQuery({ sort: event.target.value === "due" ? null : event.target.value })}>${SORTS.map((one) => html`<option key=${one} value=${one}>${t(`sorts.${one.replace("-", "")}`)}</option>`)}</select></label></div>`;
}

// Words to search for; asked for when one stops typing.
function Words() {
  const waiting = useRef(null), [text, setText] = useState(query.value.get("q") || "");
  const there = query.value.get("q") || "";
  useEffect(() => { setText(there); }, [there]);
  useEffect(() => () => clearTimeout(waiting.current), []);
  return html`<input class="form-control form-control-sm words" type="search" aria-label=${t("deals.search")} placeholder=${t("deals.search")} value=${text} onInput=${(event) => {
    const next = event.target.value;
    setText(next);
    clearTimeout(waiting.current);
    waiting.current = setTimeout(() => setQuery({ q: next.trim() }, { replace: true }), 250);
  }} />`;
}

function Filters({ choices }) {
  const q = query.value, all = Object.keys(asked());
  const quick = QUICK.filter(([, params]) => params.sla || params.due).some(([, params]) => Object.entries(params).every(([one, value]) => q.get(one) === value));
  const others = all.filter((name) => !CONTROLLED.includes(name) && !(quick && !q.get("timer") && ["sla", "due"].includes(name)));
  const stage = q.get("stage") || "", several = stage.includes(",");
  return html`<div class="filters" role="group" aria-label=${t("filters.title")}><${Words} />
    <select class="form-select form-select-sm pick ${stage ? "chosen" : ""}" aria-label=${t("deals.stage")} value=${stage} onChange=${(event) => setQuery({ stage: event.target.value })}><option value="">${t("deals.stage")}: ${t("say.all")}</option>${several && html`<option value=${stage}>${stage.split(",").map((one) => named("stages", one)).join(", ")}</option>`}${STAGES.map((one) => html`<option key=${one} value=${one}>${named("stages", one)} (${number(choices?.stages.find((found) => found.stage === one)?.deals ?? 0)})</option>`)}</select>
    ${DIMENSIONS.map((one) => html`<${Pick} key=${one} dimension=${one} choices=${choices} />`)}<${Budget} choices=${choices} />
    <${Chips} names=${others} all=${all} /></div>`;
}

function Counted({ choices }) {
  if (!choices) return null;
  const wanted = query.value.get("stage")?.split(",");
  const sums = choices.stages.filter((one) => !wanted || wanted.includes(one.stage)).flatMap((one) => one.sums);
  return html`<span data-counted=${choices.deals} data-of=${choices.of}>${t("deals.count", { n: choices.deals })}</span>${sums.length > 0 && html` · <span class="sums-line"><${Sums} sums=${sums} /></span>`}`;
}

export default function Deals() {
  const small = useNarrow(), usual = small ? "list" : "table";
  const view = VIEWS[query.value.get("view")] ? query.value.get("view") : usual;
  const choices = useChoices(asked()), Shown = VIEWS[view];
  return html`<${Head} title=${t("deals.title")} sub=${html`<${Counted} choices=${choices.value} />`}><${Saved} page="deals" path="/deals" /><${PrintLists} /><${Choice} label=${t("deals.view")} options=${[["board", t("deals.board"), "layout-kanban"], ["table", t("deals.table"), "table"], ["list", t("deals.list"), "list"]]} chosen=${view} choose=${(next) => setQuery({ view: next === usual ? null : next })} /></${Head}>
    <${Quick} choices=${choices.value} /><${Filters} choices=${choices.value} />
    <${Loaded} of=${choices} lines=${10}>${(found) => (found.deals ? html`<${Shown} choices=${found} />` : html`<${Empty} title=${t("deals.nothing")} />`)}</${Loaded}>`;
}
