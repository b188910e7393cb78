// The figures one looks at first, with their change against the period before of the same length.
import { html } from "../../vendor/ui.js";
import { number, percent, spent } from "../format.js";
import { t } from "../words.js";
import { Change, Deals, Sums } from "./marks.js";

const points = (share) => `${number(share * 100, 1)} ${t("dashboard.points")}`;

const kept = (period) => (period.late_share ? 1 - period.late_share.value : null);

// The last weeks as a line.
function Spark({ points: values }) {
  const shown = values.slice(-12), most = Math.max(1, ...shown);
  if (shown.length < 2) return null;
  return html`<svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true"><polyline points=${shown.map((value, n) => `${(n / (shown.length - 1)) * 100},${22 - (value / most) * 20}`).join(" ")} /></svg>`;
}

const Tile = ({ name, value, sub, change, spark, tone }) => html`<div class="tile ${tone ? `tile-${tone}` : ""}"><span>${name}</span><b>${value} ${change}</b>${sub && html`<small>${sub}</small>`}${spark && html`<${Spark} points=${spark} />`}</div>`;

export function Tiles({ board }) {
  const { now, before } = board.trend, flow = board.flow?.points || [], { outcome, attention } = board;
  const started = board.sla.reduce((sum, timer) => sum + timer.started, 0), late = board.sla.reduce((sum, timer) => sum + timer.breached, 0);
  return html`<section class="tiles" aria-label=${t("dashboard.figures")}>
    <${Tile} name=${t("dashboard.open")} value=${html`<${Deals} href=${outcome.hrefs.open} of=${outcome.open} />`} sub=${html`<${Deals} href=${now.hrefs.created} of=${now.created}>${t("dashboard.created", { n: now.created })}</${Deals}>`} change=${html`<${Change} now=${now.created} before=${before.created} />`} spark=${flow.map((one) => one.created)} />
    <${Tile} name=${t("dashboard.breached")} tone=${attention.breached.deals ? "red" : null} value=${html`<${Deals} href=${attention.breached.href} of=${attention.breached.deals} />`} sub=${t("dashboard.deals_now")} spark=${flow.map((one) => one.breached)} />
    <${Tile} name=${t("dashboard.at_risk")} tone=${attention.at_risk.deals ? "yellow" : null} value=${html`<${Deals} href=${attention.at_risk.href} of=${attention.at_risk.deals} />`} sub=${t("dashboard.deals_now")} />
    <${Tile} name=${t("dashboard.in_time")} value=${percent(started ? 1 - late / started : null)} sub=${html`<${Deals} href=${attention.late.href} of=${attention.late.deals} title=${t("dashboard.of_timers", { n: started })}>${t("dashboard.late_deals", { n: attention.late.deals })}</${Deals}>`} change=${html`<${Change} now=${kept(now)} before=${kept(before)} unit=${points} />`} />
    <${Tile} name=${t("dashboard.win_rate")} value=${percent(outcome.win_rate?.value)} sub=${html`<${Deals} href=${outcome.hrefs.won} of=${outcome.won}>${t("dashboard.won", { n: outcome.won })}</${Deals}> · <${Deals} href=${outcome.hrefs.lost} of=${outcome.lost}>${t("dashboard.lost", { n: outcome.lost })}</${Deals}>`} />
    <${Tile} name=${t("dashboard.cycle")} value=${spent(outcome.cycle_s?.p50, board.calendar)} sub=${outcome.cycle_s?.count ? t("dashboard.p90", { span: spent(outcome.cycle_s.p90, board.calendar) }) : "—"} />
    <${Tile} name=${t("dashboard.sum")} value=${html`<span class="sums"><${Sums} sums=${board.sums} /></span>`} sub=${html`<${Deals} href=${board.href} of=${board.deals}>${t("deals.count", { n: board.deals })}</${Deals}>`} /></section>`;
}
