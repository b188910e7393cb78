// A range of budgets: one of the bands, or bounds of one's own.
import { html } from "../../vendor/ui.js";
import { money, number } from "../format.js";
import { query, setQuery } from "../state.js";
import { t } from "../words.js";
import { Menu } from "../parts/menu.js";
import { choosing } from "./pick.js";

const amount = (value, currency) => money({ amount: value, currency }, { short: true, basis: false });

// Bounds in words: `1 млн – 3 млн ₽`.
export function ranged({ budget_min, budget_max, budget_below, currency, unknown }) {
  if (unknown) return t("filters.unknown_value");
  const high = budget_below ?? budget_max;
  if (budget_min && high) return `${amount(budget_min, currency)} – ${amount(high, currency)}`;
  if (budget_min) return t("filters.from_amount", { amount: amount(budget_min, currency) });
  if (high) return t("filters.up_to_amount", { amount: amount(high, currency) });
  return currency || t("say.all");
}

export function Budget({ choices }) {
  const q = query.value;
  const now = Object.fromEntries(["budget_min", "budget_max", "budget_below", "currency"].map((name) => [name, q.get(name)]).filter(([, value]) => value));
  if ((q.get("unknown") || "").split(",").includes("budget")) now.unknown = "budget";
  const chosen = Object.keys(now).length > 0;
  const set = (conditions, shut) => { setQuery(choosing("budget", conditions)); shut(); };
  return html`<${Menu} chosen=${chosen} label=${`${t("dashboard.by_budget")}: ${chosen ? ranged(now) : t("say.all")}`}>${(shut) => html`
    <ul class="menu-list"><li><button type="button" onClick=${() => set(null, shut)}>${t("say.all")}</button></li>
      ${(choices?.values.budget || []).map((one) => html`<li key=${one.value ?? ""}><button type="button" aria-pressed=${JSON.stringify(one.conditions) === JSON.stringify(now) ? "true" : "false"} onClick=${() => set(one.conditions, shut)}>${ranged(one.conditions)} <span class="count">${number(one.deals)}</span></button></li>`)}</ul>
    <form class="menu-form" onSubmit=${(event) => {
      event.preventDefault();
      const [from, to] = [event.target.from.value, event.target.to.value];
      set({ ...(from && { budget_min: from }), ...(to && { budget_max: to }) }, shut);
    }}><label>${t("filters.from")} <input class="form-control form-control-sm" name="from" type="number" min="0" step="any" inputmode="decimal" value=${now.budget_min || ""} /></label>
      <label>${t("filters.up_to")} <input class="form-control form-control-sm" name="to" type="number" min="0" step="any" inputmode="decimal" value=${now.budget_max || now.budget_below || ""} /></label>
      <button class="btn btn-sm btn-primary" type="submit">${t("filters.apply")}</button></form>`}</${Menu}>`;
}
