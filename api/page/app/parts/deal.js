// How a deal looks wherever it is shown.
import { html } from "../../vendor/ui.js";
import { named, t } from "../words.js";
import { span, when } from "../format.js";
import { Badge, Icon, useNow } from "./parts.js";

export const TONES = { pending: "secondary", running: "blue", at_risk: "yellow", breached: "red", met: "green", met_late: "orange", cancelled: "secondary", suspended: "purple" };
const ICONS = { running: "clock", at_risk: "alert-triangle", breached: "flame", met: "circle-check", met_late: "history", suspended: "player-pause" };
const URGENCY = ["breached", "at_risk", "suspended", "running"];

export const Stage = ({ code }) => html`<span class="stage stage-${code}"><i></i>${named("stages", code)}</span>`;

// The timer that matters most now: what is broken, then what is about to be, then what runs.
export function urgent(timers) {
  return [...(timers || [])].filter((timer) => URGENCY.includes(timer.state)).sort((a, b) => URGENCY.indexOf(a.state) - URGENCY.indexOf(b.state) || Date.parse(a.due_at) - Date.parse(b.due_at))[0];
}

// How long until the due time, or since; ticking.
export function Countdown({ due }) {
  const now = useNow(30000);
  if (!due) return null;
  const left = (Date.parse(due) - now) / 1000;
  return html`<span class="countdown ${left < 0 ? "late" : ""}">${t(left < 0 ? "sla.over" : "sla.left", { span: span(left) })}</span>`;
}

export function Timer({ timer, brief }) {
  const counting = URGENCY.includes(timer.state) && timer.state !== "suspended";
  return html`<${Badge} tone=${TONES[timer.state]} icon=${ICONS[timer.state]} title=${`${named("timers", timer.timer)}: ${named("states", timer.state)}, ${t("sla.due")} ${when(timer.due_at)}`}>
    ${brief ? "" : named("timers", timer.timer) + ": "}${counting ? html`<${Countdown} due=${timer.due_at} />` : named("states", timer.state)}</${Badge}>`;
}

// Ten steps of the pipeline as one bar.
export const Path = ({ step }) => html`<span class="path" role="img" aria-label=${t("deals.step_of", { n: step || 0 })}>${Array.from({ length: 10 }, (_, n) => html`<i class=${n + 1 < step ? "past" : n + 1 === step ? "here" : ""}></i>`)}</span>`;

export const Person = ({ name }) => (name ? html`<span class="person"><span class="avatar avatar-xs" aria-hidden="true">${name.split(/\s+/).slice(0, 2).map((part) => part[0]).join("")}</span>${name}</span>` : html`<span class="text-secondary">—</span>`);

export const Anomalies = ({ items }) => (items?.length ? html`<${Badge} tone="orange" icon="alert-triangle" title=${items.map((one) => one.message).join("\n")}>${items.length}</${Badge}>` : null);

export { Icon };
