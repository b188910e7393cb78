// What the figures of the dashboard share: links to their deals, sums that are never added across bases, bars, changes.
import { html } from "../../vendor/ui.js";
import { money, number } from "../format.js";
import { t } from "../words.js";
import { Icon, Link } from "../parts/parts.js";

// The deals behind a number: the service's own address of them, on the page. `of` is how many there are.
export const Deals = ({ href, of, children, title }) => (href ? html`<${Link} class="drill" to=${href.replace(/^\/v1/, "")} title=${title ?? t("deals.count", { n: of })} data-deals=${of}>${children ?? number(of)}</${Link}>` : children ?? number(of));

// Sums of different bases stand one under the other.
export const Sums = ({ sums }) => {
  const gathered = new Map();
  for (const one of sums || []) {
    const key = `${one.currency}/${one.vat}`;
    const before = gathered.get(key);
    gathered.set(key, { ...one, amount: String(Number(one.amount) + Number(before?.amount ?? 0)) });
  }
  return [...gathered.values()].map((one) => html`<span class="sum" key=${one.currency + one.vat} title=${money(one)}>${money(one, { short: true })}${one.vat && one.vat !== "none" ? html` <small>${t(`money.${one.vat}`)}</small>` : ""}</span>`);
};

// A limit of working hours says nothing of calendar time, and the other way round.
export const limited = (timer, board) => ((timer.calendar === "elapsed") === (board.calendar === "elapsed") ? timer.limit_s : null);

export const Bar = ({ share, tone = "blue", label }) => html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label=${label || `${Math.round(share * 100)} %`}><rect class="ground" width="100" height="8" /><rect class="bar-${tone}" width=${Math.max(share > 0 ? 1 : 0, Math.min(100, share * 100))} height="8" /></svg>`;

// A change against the period before; `good` says which way is the better one.
export function Change({ now, before, good = 1, unit = number }) {
  if (now === null || now === undefined || before === null || before === undefined || now === before) return null;
  const up = now > before, better = (up ? 1 : -1) === good;
  return html`<span class="change ${better ? "better" : "worse"}" title=${t("dashboard.before", { value: unit(before) })}><${Icon} name=${up ? "arrow-up-right" : "arrow-down-right"} size=${14} label=${t(up ? "dashboard.up" : "dashboard.down")} />${unit(Math.abs(now - before))}</span>`;
}
