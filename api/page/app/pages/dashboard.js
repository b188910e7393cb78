// The United Stage Dashboard: where the deals stand, what is late, where it jams. Every number leads to its deals.
import { html, useEffect, useState } from "../../vendor/ui.js";
import { download, get } from "../api.js";
import { hear } from "../live.js";
import { calendar, query, setQuery } from "../state.js";
import { when } from "../format.js";
import { t } from "../words.js";
import { Choice, Head, Icon, Loaded, useLoaded, useNow } from "../parts/parts.js";
import { Tiles } from "../dashboard/tiles.js";
import { Stages } from "../dashboard/stages.js";
import { SlaTable } from "../dashboard/sla.js";
import { Bottleneck } from "../dashboard/bottleneck.js";
import { Funnel } from "../dashboard/funnel.js";
import { Ageing } from "../dashboard/ageing.js";
import { Flow } from "../dashboard/flow.js";
import { Groups } from "../dashboard/groups.js";

const GROUPS = ["industry", "budget", "client_type", "stage", "manager", "source"];
const OWN = ["group_by", "from", "to", "lang"];
const PERIODS = [["", "all"], ["7", "week"], ["30", "month"], ["90", "quarter"]];

function Fresh({ at }) {
  const now = useNow(1000);
  return html`<span class="text-secondary nowrap" title=${when(at)}>${t("dashboard.fresh", { s: Math.max(0, Math.round((now - at) / 1000)) })}</span>`;
}

export default function Dashboard() {
  const group_by = GROUPS.includes(query.value.get("group_by")) ? query.value.get("group_by") : "industry";
  const days = query.value.get("days") || "";
  const filters = Object.fromEntries([...query.value].filter(([name]) => !OWN.includes(name) && name !== "days"));
  const [at, setAt] = useState(Date.now());
  const key = JSON.stringify([group_by, days, filters, calendar.value]);
  const loaded = useLoaded(async (signal) => {
    const from = days ? new Date(Date.now() - days * 86400000).toISOString() : null;
    const answer = await get("/v1/dashboard", { ...filters, group_by, from, calendar: calendar.value }, { signal });
    setAt(Date.now());
    return answer;
  }, [key]);
  useEffect(() => hear(() => loaded.again(), 300), [key]);
  return html`<${Head} title=${t("dashboard.title")} sub=${html`${t("dashboard.sub")} · <${Fresh} at=${at} />`}>
      <${Choice} label=${t("dashboard.calendar")} options=${[["elapsed", t("dashboard.elapsed")], ["working", t("dashboard.working")]]} chosen=${calendar.value} choose=${(next) => { calendar.value = next; }} />
      <${Choice} label=${t("dashboard.period")} options=${PERIODS.map(([value, name]) => [value, t(`dashboard.${name}`)])} chosen=${days} choose=${(next) => setQuery({ days: next })} />
      <button class="btn btn-sm" type="button" onClick=${() => download("/v1/marts/fact_deal?limit=100000", "deals.xlsx", { accept: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" })}><${Icon} name="download" size=${16} /> XLSX</button>
      <button class="btn btn-sm" type="button" onClick=${() => print()}><${Icon} name="printer" size=${16} /> ${t("room.print")}</button></${Head}>
    ${Object.keys(filters).length > 0 && html`<div class="filters">${Object.entries(filters).map(([name, value]) => html`<span class="chip" key=${name}>${name}: ${value} <button type="button" aria-label=${t("say.clear")} onClick=${() => setQuery({ [name]: null })}><${Icon} name="x" size=${14} /></button></span>`)}</div>`}
    <${Loaded} of=${loaded} lines=${14}>${(board) => html`<div class="stack">
      <${Tiles} board=${board} /><${Bottleneck} board=${board} />
      <div class="halves"><${Stages} board=${board} /><${SlaTable} board=${board} /></div>
      <${Flow} board=${board} />
      <div class="halves"><${Funnel} board=${board} /><${Ageing} board=${board} /></div>
      <${Groups} board=${board} group_by=${group_by} groups=${GROUPS} /></div>`}</${Loaded}>`;
}
