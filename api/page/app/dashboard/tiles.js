// The figures one looks at first, with their change against the thirty days before.
import { html } from "../../vendor/ui.js";
import { number, percent, spent } from "../format.js";
import { t } from "../words.js";
import { Change, Deals, Sums } from "./marks.js";

const points = (share) => `${number(share * 100, 1)} ${t("dashboard.points")}`;
const state = (board, name) => board.sla.reduce((sum, timer) => sum + (timer.states[name] || 0), 0);

// The last weeks as a line.
function Spark({ points: values }) {
  const shown = values.slice(-12), most = Math.max(1, ...shown);
  if (shown.length < 2) return null;
  return html`<svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true"><polyline points=${shown.map((value, n) => `${(n / (shown.length - 1)) * 100},${22 - (value / most) * 20}`).join(" ")} /></svg>`;
}

const Tile = ({ name, value, sub, change, spark, tone }) => html`<div class="tile ${tone ? `tile-${tone}` : ""}"><span>${name}</span><b>${value} ${change}</b>${sub && html`<small>${sub}</small>`}${spark && html`<${Spark} points=${spark} />`}</div>`;

export function Tiles({ board }) {
  const { now, before } = board.trend, flow = board.flow?.points || [];
  const breached = state(board, "breached"), risky = state(board, "at_risk"), started = board.sla.reduce((sum, timer) => sum + timer.started, 0), late = board.sla.reduce((sum, timer) => sum + timer.breached, 0);
  return html`<section class="tiles" aria-label=${t("dashboard.figures")}>
    <${Tile} name=${t("dashboard.open")} value=${html`<${Deals} href=${board.outcome.hrefs.open}>${number(board.outcome.open)}</${Deals}>`} sub=${t("dashboard.created", { n: now.created })} change=${html`<${Change} now=${now.created} before=${before.created} />`} spark=${flow.map((one) => one.created)} />
    <${Tile} name=${t("dashboard.breached")} tone=${breached ? "red" : null} value=${html`<${Deals} href="/v1/deals?sla=breached">${number(breached)}</${Deals}>`} sub=${t("dashboard.timers_now")} spark=${flow.map((one) => one.breached)} />
    <${Tile} name=${t("dashboard.at_risk")} tone=${risky ? "yellow" : null} value=${html`<${Deals} href="/v1/deals?sla=at_risk">${number(risky)}</${Deals}>`} sub=${t("dashboard.timers_now")} />
    <${Tile} name=${t("dashboard.in_time")} value=${percent(started ? 1 - late / started : null)} sub=${t("dashboard.of_timers", { n: started })} change=${html`<${Change} now=${now.late_share?.value} before=${before.late_share?.value} good=${-1} unit=${points} />`} />
    <${Tile} name=${t("dashboard.win_rate")} value=${percent(board.outcome.win_rate?.value)} sub=${html`<${Deals} href=${board.outcome.hrefs.won}>${t("dashboard.won", { n: board.outcome.won })}</${Deals}> · <${Deals} href=${board.outcome.hrefs.lost}>${t("dashboard.lost", { n: board.outcome.lost })}</${Deals}>`} />
    <${Tile} name=${t("dashboard.cycle")} value=${spent(board.outcome.cycle_s?.p50, "elapsed")} sub=${board.outcome.cycle_s ? t("dashboard.p90", { span: spent(board.outcome.cycle_s.p90, "elapsed") }) : "—"} />
    <${Tile} name=${t("dashboard.sum")} value=${html`<${Sums} sums=${board.sums} />`} sub=${t("deals.count", { n: board.deals })} /></section>`;
}
