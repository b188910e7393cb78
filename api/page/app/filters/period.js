// When the deals were created: the last so many days, or days of one's own. In the address: days, or from and to.
import { html } from "../../vendor/ui.js";
import { day } from "../format.js";
import { query, setQuery } from "../state.js";
import { t } from "../words.js";
import { Choice } from "../parts/parts.js";
import { Menu } from "../parts/menu.js";

const PERIODS = [["", "all"], ["7", "week"], ["30", "month"], ["90", "quarter"]];

// The period that the address names, as parameters of /v1/dashboard. Whole days, so that it stays the same for a while.
export function period() {
  const q = query.value, days = Number(q.get("days"));
  if (days > 0) return { from: new Date(Math.floor(Date.now() / 60000) * 60000 - days * 86400000).toISOString() };
  return { from: q.get("from"), to: q.get("to") };
}

export function said() {
  const { from, to } = period();
  if (!from && !to) return t("dashboard.all_deals");
  return t("dashboard.created_between", { from: from ? day(from) : "…", to: to ? day(to) : t("dashboard.today") });
}

export function Period() {
  const q = query.value, days = q.get("days") || "", own = Boolean(q.get("from") || q.get("to"));
  return html`<${Choice} label=${t("dashboard.period")} options=${PERIODS.map(([value, name]) => [value, t(`dashboard.${name}`)])} chosen=${own ? null : days} choose=${(next) => setQuery({ days: next, from: null, to: null })} />
    <${Menu} align="end" chosen=${own} label=${own ? said() : t("dashboard.dates")} title=${t("dashboard.period")}>${(shut) => html`<form class="menu-form" onSubmit=${(event) => {
      event.preventDefault();
      setQuery({ days: null, from: event.target.from.value, to: event.target.to.value });
      shut();
    }}><label>${t("filters.from_day")} <input class="form-control form-control-sm" name="from" type="date" value=${(q.get("from") || "").slice(0, 10)} /></label>
      <label>${t("filters.to_day")} <input class="form-control form-control-sm" name="to" type="date" value=${(q.get("to") || "").slice(0, 10)} /></label>
      <button class="btn btn-sm btn-primary" type="submit">${t("filters.apply")}</button></form>`}</${Menu}>`;
}
