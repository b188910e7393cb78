// What the installation judges by, readable: limits by date, rules, ladder, prices, rates, bans, roles.
import { html } from "../../vendor/ui.js";
import { get } from "../api.js";
import { lang } from "../state.js";
import { day, number, percent, span } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Card, Head, Loaded, useLoaded } from "../parts/parts.js";
import { Stage } from "../parts/deal.js";

const Table = ({ head, rows }) => html`<div class="table-wrap"><table class="table"><thead><tr>${head.map((one, n) => html`<th key=${n}>${one}</th>`)}</tr></thead><tbody>${rows.map((row, n) => html`<tr key=${n}>${row.map((cell, m) => html`<td key=${m}>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
// "8h" as people say it; what is said otherwise stays as it is.
const limit = (text) => { const [, n, unit] = String(text).match(/^(\d+)(wd|wh|d|h|m)$/) ?? []; return unit ? t(`units.${unit}`, { n: Number(n) }) : text; };
const reigns = (since) => (Date.parse(since) < Date.UTC(2000, 0, 2) ? t("settings.always") : `${t("settings.since").toLowerCase()} ${day(since)}`);
const reign = (row) => `${t("settings.from")} ${day(row.from)}${row.to ? ` ${t("settings.to")} ${day(row.to)}` : ""}`;

export default function Settings() {
  const loaded = useLoaded((signal) => get("/v1/settings", {}, { signal }), []);
  return html`<${Head} title=${t("nav.settings")} sub=${t("settings.sub")} /><${Loaded} of=${loaded} lines=${14}>${(set) => html`<div class="stack">
    ${set.sla.map((version) => html`<${Card} flush key=${version.since} title=${`${t("settings.sla")} · ${reigns(version.since)}`}><${Table} head=${["SLA", t("settings.limit"), t("settings.at_risk"), t("settings.calendar")]} rows=${Object.entries(version.limits).map(([name, one]) => [named("timers", name), limit(one.limit), span(one.at_risk_after_s), named("calendars", one.calendar)])} /></${Card}>`)}
    <${Card} flush title=${t("settings.rules")} aside=${html`<code>${set.rules.name}</code> <span class="text-secondary">${t("settings.edition")} ${set.rules.edition.slice(0, 12)}</span>`}><${Table} head=${["№", t("settings.step"), t("deals.stage"), t("settings.act")]} rows=${set.rules.steps.map((step) => [step.number, lang.value === "ru" ? step.name_ru : step.name, html`<${Stage} code=${step.stage} />`, step.roles.map((role) => named("roles", role)).join(", ")])} /></${Card}>
    ${set.escalation.map((ladder) => html`<${Card} flush key=${ladder.since} title=${`${t("settings.ladder")} · ${reigns(ladder.since)}`}><${Table} head=${[t("escalations.rung"), t("escalations.who"), t("settings.after")]} rows=${ladder.rungs.map((rung, n) => [n + 1, named("addressees", rung.addressee), span(rung.after_s)])} /></${Card}>`)}
    <${Card} flush title=${t("settings.vat")}><${Table} head=${[t("settings.rate"), t("settings.since"), t("settings.law")]} rows=${set.vat.map((one) => [percent(Number(one.rate)), reign(one), one.law])} /></${Card}>
    <${Card} flush title=${`${t("settings.prices")} · ${set.rate_card.version}`} aside=${set.rate_card.sample_prices && html`<${Badge} tone="yellow">${t("settings.sample")}</${Badge}>`}><${Table} head=${[t("planning.channel"), t("planning.model"), t("settings.price"), t("settings.since"), t("settings.source")]} rows=${set.rate_card.rates.map((rate) => [html`<b>${(lang.value === "en" && rate.title_en) || rate.title}</b>`, `${rate.model} · ${rate.unit}`, rate.price ? `${number(Number(rate.price), 2)} ₽ ${named("money", rate.vat)}` : html`<span class="text-secondary">${t("settings.no_price")}</span>`, day(rate.valid_from), html`${rate.mark === "demo" ? html`<${Badge} tone="yellow">${t("planning.demo_price")}</${Badge}> ` : ""}${rate.source}`])} /></${Card}>
    <${Card} flush title=${t("settings.bans")}><${Table} head=${[t("settings.law"), t("planning.channel"), t("settings.since"), t("leads.why")]} rows=${set.bans.map((ban) => [html`<code>${ban.rule_id}</code><small class="sub">${ban.law}</small>`, ban.channels.map((one) => named("channels", one)).join(", ") || t("say.all"), reign(ban), lang.value === "ru" ? ban.why : ban.why_en])} /></${Card}>
    <${Card} flush title=${t("settings.approvals")}><${Table} head=${[t("settings.up_to"), t("settings.who")]} rows=${set.approvals.map((one) => [percent(Number(one.up_to)), named("roles", one.role)])} /></${Card}>
    <${Card} flush title=${`${t("settings.roles")} · ${set.roles.version}`}><${Table} head=${[t("settings.action"), t("settings.who")]} rows=${set.roles.actions.map((one) => [html`<code>${one.name}</code><small class="sub">${one.about}</small>`, one.roles.map((role) => named("roles", role)).join(", ") || named("roles", "admin")])} /></${Card}></div>`}</${Loaded}>`;
}
