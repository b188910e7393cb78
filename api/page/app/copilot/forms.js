// A plan, an offer and a verdict as a person edits them: what they decide. Sums, prices and the verdict follow in the service.
import { html } from "../../vendor/ui.js";
import { lang } from "../state.js";
import { named, t } from "../words.js";

const ID = "\u0000";
const listed = (group, codes) => codes.map((code) => [code, named(group, code)]);
const plainNumber = (text) => text.replace(/[\s\u00a0\u202f]/g, "").replace(",", ".");
const percent = (share) => (share === null || share === undefined ? "" : String(Number((Number(share) * 100).toFixed(4))));
const share = (text) => { const said = plainNumber(text); return said === "" || Number.isNaN(Number(said)) ? said : String(Number((Number(said) / 100).toFixed(6))); };

// {id, at, label, before, kind, ...}: `at` is where the value stands in the content, and where the service says what is wrong with it.
const field = (at, label, before, kind = "text", more = {}) => ({ id: at.join(ID), at, label, before: before === null || before === undefined ? "" : String(before), kind, ...more });

const METHODS = { bant: ["budget", "authority", "need", "timing"], champ: ["challenges", "prioritization"] };

function ofPlan({ plan, task }) {
  const seen = new Set([...(task.channels ?? []), ...(task.excluded_channels ?? []), ...plan.lines.map((one) => one.channel), ...plan.refused.map((one) => one.channel)]);
  return [
    field(["task", "client"], t("deals.client"), task.client), field(["task", "product"], named("brief", "product"), task.product),
    field(["task", "period_start"], named("brief", "period_start"), task.period_start, "date"), field(["task", "period_end"], named("brief", "period_end"), task.period_end, "date"),
    field(["task", "budget_max"], `${named("brief", "budget_max")}, ₽`, task.budget_max, "number"), field(["task", "budget_vat"], named("brief", "budget_vat"), task.budget_vat, "choice", { options: listed("vat", ["incl", "excl", "none", "unknown"]) }),
    field(["task", "commission_rate"], `${t("forms.commission")}, %`, percent(task.commission_rate), "number", { to: share }),
    field(["task", "scenario"], t("forms.scenario"), task.scenario ?? "", "choice", { options: [["", t("forms.by_rules")], ...listed("scenarios", plan.scenarios.map((one) => one.name))] }),
    ...(task.kpi ?? []).map((one, n) => field(["task", "kpi", n], `KPI: ${named("metrics", one.metric)}`, one.value, "number")),
    ...[...seen].map((one) => field(["task", "channels", one], `${t("planning.channel")}: ${named("channels", one)}`, (task.excluded_channels ?? []).includes(one) ? "out" : (task.channels ?? []).includes(one) ? "in" : "any", "choice", { options: [["any", t("forms.any")], ["in", t("forms.in")], ["out", t("forms.out")]] })),
  ];
}

const ofOffer = ({ offer }) => [
  field(["offer", "client"], t("deals.client"), offer.client), field(["offer", "product"], named("brief", "product"), offer.product),
  field(["offer", "discount"], `${t("offer.discount")}, %`, percent(offer.discount), "number", { to: share }), field(["offer", "valid_until"], t("offer.valid"), offer.valid_until, "date"),
  field(["offer", "marks_ads"], t("offer.marks"), offer.marks_ads, "choice", { options: listed("sides", ["seller", "client"]) }), field(["offer", "contract"], t("forms.contract"), offer.contract, "choice", { options: listed("contracts", ["services", "agency"]) }),
];

const ofQualification = (content) => Object.entries(METHODS).flatMap(([method, letters]) => letters.filter((one) => content[method]?.[one]).map((one) => field([method, one, "state"], `${method.toUpperCase()}: ${named("letters", one)}`, content[method][one].state, "choice", { options: listed("letter_marks", ["met", "unmet", "unknown"]), said: content[method][one].quote })));

const FORMS = { plan: (content) => (content.plan?.lines && content.task ? ofPlan(content) : []), offer: (content) => (content.offer?.lines && content.plan ? ofOffer(content) : []), qualification: (content) => (content.bant ? ofQualification(content) : []) };

// The fields of a proposal; none where its kind has no form of this sort or its content another shape.
export const fieldsOf = (kind, content) => FORMS[kind]?.(content) ?? [];

// What was changed, as a merge patch (RFC 7396); an emptied field is taken out.
export function patchOf(kind, content, fields, changes) {
  const made = {};
  const put = (path, value) => { const last = path.at(-1); path.slice(0, -1).reduce((at, name) => (at[name] ??= {}), made)[last] = value; };
  const changed = fields.filter((one) => changes[one.id] !== undefined && changes[one.id] !== one.before);
  for (const one of changed) {
    const text = changes[one.id].trim(), [, name] = one.at;
    if (kind === "plan" && (name === "channels" || name === "kpi")) continue;
    put(one.at, text === "" ? null : (one.to ?? (one.kind === "number" ? plainNumber : String))(text));
  }
  if (changed.some((one) => one.at[1] === "channels")) {
    const state = Object.fromEntries(fields.filter((one) => one.at[1] === "channels").map((one) => [one.at[2], changes[one.id] ?? one.before]));
    put(["task", "channels"], Object.keys(state).filter((one) => state[one] === "in"));
    put(["task", "excluded_channels"], Object.keys(state).filter((one) => state[one] === "out"));
  }
  if (changed.some((one) => one.at[1] === "kpi")) put(["task", "kpi"], content.task.kpi.map((one, n) => ({ ...one, value: plainNumber(changes[["task", "kpi", n].join(ID)] ?? String(one.value)) })).filter((one) => one.value !== ""));
  if (changed.length && kind !== "offer" && content.lang !== lang.value) made.lang = lang.value;
  return made;
}

// What is wrong with this field: the service says where in the content, a list as a whole or its n-th row.
function wrong(one, problems) {
  const here = `content/${one.at.join("/")}`, whole = `content/${one.at.slice(0, 2).join("/")}`;
  return problems.filter(({ where }) => where === here || where.startsWith(`${here}/`) || (where === whole && one.first));
}

export const told = (problem) => { const said = named("form_problems", problem.code); return said === problem.code ? problem.what : said; };

// Problems that stand at no field of the form.
export const elsewhere = (fields, problems) => { const known = marked(fields); return problems.filter((one) => !known.some((field) => wrong(field, [one]).length)); };

// The first of several fields that are one value of the content speaks for it.
const marked = (fields) => fields.map((one, n) => ({ ...one, first: fields.findIndex((other) => other.at[0] === one.at[0] && other.at[1] === one.at[1]) === n }));

function Input({ one, value, input, bad, id }) {
  const about = bad.length ? { "aria-invalid": "true", "aria-describedby": `${id}-wrong` } : {}, look = bad.length ? " is-invalid" : "";
  if (one.kind === "choice") return html`<select class="form-select${look}" value=${value} onChange=${input} ...${about}>${one.options.map(([code, name]) => html`<option key=${code} value=${code}>${name}</option>`)}</select>`;
  return html`<input class="form-control${look}" type=${one.kind === "date" ? "date" : "text"} inputmode=${one.kind === "number" ? "decimal" : null} value=${value} onInput=${input} ...${about} />`;
}

export const KindForm = ({ name, kind, fields, changes, change, problems }) => html`<div class="edit-form by-kind"><p class="how">${t(`forms.of_${kind}`)}</p>${marked(fields).map((one, n) => {
  const id = `${name}-${n}`, bad = wrong(one, problems);
  return html`<div key=${one.id}><label class="form-label">${one.label}<${Input} one=${one} id=${id} bad=${bad} value=${changes[one.id] ?? one.before} input=${(event) => change({ ...changes, [one.id]: event.target.value })} /></label>${one.said && html`<small class="sub">«${one.said}»</small>`}${bad.length > 0 && html`<p class="text-danger mb-0" id=${`${id}-wrong`}>${bad.map(told).join("; ")}</p>`}</div>`;
})}</div>`;
