// Every timer with its arithmetic, in the service's own words.
import { html } from "../../vendor/ui.js";
import { get } from "../api.js";
import { spent, when } from "../format.js";
import { lang } from "../state.js";
import { named, t } from "../words.js";
import { Badge, Card, Loaded, useLoaded } from "../parts/parts.js";
import { TONES } from "../parts/deal.js";

function Meter({ timer }) {
  const share = timer.limit_s ? timer.elapsed_s / timer.limit_s : 0;
  return html`<div class="meter" role="img" aria-label=${`${spent(timer.elapsed_s, timer.calendar)} / ${spent(timer.limit_s, timer.calendar)}`}><svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="ground" width="100" height="4" rx="1" /><rect class="fill meter-${timer.state}" width=${Math.min(100, share * 100)} height="4" rx="1" /></svg></div>`;
}

export function Sla({ id, as_of }) {
  const sla = useLoaded((signal) => get(`/v1/deals/${encodeURIComponent(id)}/sla`, { as_of }, { signal }), [id, as_of]);
  return html`<${Loaded} of=${sla}>${({ timers }) => { const pending = timers.filter((timer) => !timer.started_at); return html`<div class="stack">${timers.filter((timer) => timer.started_at).map((timer) => html`<${Card} key=${timer.timer} title=${named("timers", timer.timer)} aside=${html`<${Badge} tone=${TONES[timer.state]}>${named("states", timer.state)}</${Badge}>`}>
    <div class="row-line spread"><span><b>${spent(timer.elapsed_s, timer.calendar)}</b> ${t("room.of")} ${spent(timer.limit_s, timer.calendar)} · ${named("calendars", timer.calendar)}</span><span class="text-secondary">${t("sla.due")}: ${when(timer.due_at)}</span></div><${Meter} timer=${timer} />
    <details class="on-paper"><summary>${t("room.why")}</summary><ol class="why">${timer.text[lang.value].map((line, n) => html`<li key=${n}>${line}</li>`)}</ol></details></${Card}>`)}
    ${pending.length > 0 && html`<${Card} title=${t("room.not_started")}><p class="row-line mb-0">${pending.map((timer) => html`<${Badge} key=${timer.timer}>${named("timers", timer.timer)}: ${spent(timer.limit_s, timer.calendar)}</${Badge}>`)}</p></${Card}>`}</div>`; }}</${Loaded}>`;
}
