// The United Stage Dashboard: where the deals stand, what is late, where it jams. Every number leads to its deals.
import { html, useEffect, useState } from "../../vendor/ui.js";
import { download, get } from "../api.js";
import { hear } from "../live.js";
import { calendar, query, toast } from "../state.js";
import { when } from "../format.js";
import { t } from "../words.js";
import { Menu } from "../parts/menu.js";
import { Choice, Empty, Head, Icon, Loaded, useLoaded, useNow } from "../parts/parts.js";
import { Budget } from "../filters/budget.js";
import { Chips, said as chip } from "../filters/chips.js";
import { useChoices } from "../filters/choices.js";
import { Period, period, said as dates } from "../filters/period.js";
import { DIMENSIONS, Pick } from "../filters/pick.js";
import { Saved } from "../filters/saved.js";
import { Tiles } from "../dashboard/tiles.js";
import { Stages } from "../dashboard/stages.js";
import { SlaTable } from "../dashboard/sla.js";
import { Bottleneck } from "../dashboard/bottleneck.js";
import { Funnel } from "../dashboard/funnel.js";
import { Ageing } from "../dashboard/ageing.js";
import { Flow } from "../dashboard/flow.js";
import { Trend } from "../dashboard/trend.js";
import { Outcome } from "../dashboard/outcome.js";
import { Systems } from "../dashboard/systems.js";
import { Groups } from "../dashboard/groups.js";

const FORMS = ["xlsx", "csv", "parquet"];
const GROUPS = ["industry", "budget", "client_type", "stage", "manager", "source"];
const OWN = ["group_by", "from", "to", "days", "lang", "saved"];
// Filters that have a control of their own here; `unknown` and the bounds of a budget are a part of such a control.
const CONTROLLED = [...DIMENSIONS, "budget_min", "budget_max", "budget_below", "currency", "unknown"];

function Fresh({ at }) {
  const now = useNow(1000);
  return html`<span class="text-secondary nowrap" title=${when(at)}>${t("dashboard.fresh", { s: Math.max(0, Math.round((now - at) / 1000)) })}</span>`;
}

export default function Dashboard() {
  const group_by = GROUPS.includes(query.value.get("group_by")) ? query.value.get("group_by") : "industry";
  const filters = Object.fromEntries([...query.value].filter(([name, value]) => value && !OWN.includes(name)));
  const asked = { ...filters, ...period() };
  const [at, setAt] = useState(Date.now());
  const key = JSON.stringify([group_by, asked, calendar.value]);
  const choices = useChoices(asked);
  const loaded = useLoaded(async (signal) => {
    const answer = await get("/v1/dashboard", { ...asked, group_by, calendar: calendar.value }, { signal });
    setAt(Date.now());
    return answer;
  }, [key]);
  useEffect(() => hear(() => loaded.again(), 300), [key]);
  // What is shown, as a file: the same parameters.
  const fetched = (form) => {
    const wanted = new URLSearchParams(Object.entries({ ...asked, format: form }).filter(([, value]) => value));
    return download(`/v1/dashboard/deals?${wanted}`).catch((problem) => toast(problem.message, "danger"));
  };
  const names = Object.keys(filters), narrowed = [...names, ...["days", "from", "to"].filter((name) => query.value.get(name))];
  return html`<div class="dashboard"><${Head} title=${t("dashboard.title")} sub=${html`${t("dashboard.sub")} · <${Fresh} at=${at} />`}>
      <${Choice} label=${t("dashboard.calendar")} options=${[["elapsed", t("dashboard.elapsed")], ["working", t("dashboard.working")]]} chosen=${calendar.value} choose=${(next) => { calendar.value = next; }} />
      <${Saved} page="dashboard" path="/" />
      <${Menu} align="end" title=${t("dashboard.export")} label=${html`<${Icon} name="download" size=${16} /> ${t("dashboard.export")}`}>${(shut) => html`<div class="menu-form">${FORMS.map((form) => html`<button key=${form} class="btn btn-sm" type="button" onClick=${() => { shut(); fetched(form); }}>${form.toUpperCase()}</button>`)}</div>`}</${Menu}>
      <button class="btn btn-sm" type="button" onClick=${() => print()}><${Icon} name="printer" size=${16} /> ${t("room.print")}</button></${Head}>
    <div class="filters" role="group" aria-label=${t("filters.title")}><${Period} />
      ${DIMENSIONS.map((one) => html`<${Pick} key=${one} dimension=${one} choices=${choices.value} />`)}<${Budget} choices=${choices.value} />
      <${Chips} names=${names.filter((name) => !CONTROLLED.includes(name))} all=${narrowed} /></div>
    <p class="print-only">${[dates(), t(`dashboard.${calendar.value}`), ...names.map((name) => chip(name, filters[name])), when(at)].join(" · ")}</p>
    <${Loaded} of=${loaded} lines=${14}>${(board) => board.deals === 0 && narrowed.length ? html`<${Empty} title=${t("deals.nothing")} />` : html`<div class="stack" data-of=${board.deals}>
      <${Tiles} board=${board} days=${query.value.get("days")} /><${Bottleneck} board=${board} />
      <div class="halves"><${Stages} board=${board} /><${SlaTable} board=${board} /></div>
      <div class="wide-and-narrow"><${Flow} board=${board} /><${Trend} board=${board} /></div>
      <div class="halves"><${Funnel} board=${board} /><div class="stack"><${Ageing} board=${board} /><${Outcome} board=${board} /></div></div>
      <${Groups} board=${board} group_by=${group_by} groups=${GROUPS} />
      <${Systems} board=${board} /></div>`}</${Loaded}></div>`;
}
