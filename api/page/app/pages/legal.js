// A contract or an advertisement held against the rules: findings at their place, the memo, drafts compared.
import { html, useState } from "../../vendor/ui.js";
import { download, post } from "../api.js";
import { lang, query, toast } from "../state.js";
import { t, named } from "../words.js";
import { Card, Choice, Head, Icon, Skeleton, Trouble } from "../parts/parts.js";
import { FromDeal } from "../parts/dealdocs.js";
import { TextIntake } from "../parts/intake.js";
import { Compared } from "../legal/compared.js";
import { LawChange } from "../legal/change.js";
import { Queue } from "../legal/queue.js";
import { Review } from "../legal/review.js";

const today = () => new Date().toLocaleDateString("sv-SE", { timeZone: "Europe/Moscow" });
const CHANNELS = ["sms", "push", "programmatic", "olv", "ctv", "telegram", "vk", "yandex_direct", "in_app", "dooh", "audio", "retail_media", "cpa"];

export default function Legal() {
  const deal = query.value.get("deal");
  const [text, setText] = useState(""), [document, setDocument] = useState(null), [before, setBefore] = useState(null), [comparing, compare] = useState(false);
  const [kind, setKind] = useState(""), [side, setSide] = useState("seller"), [date, setDate] = useState(today()), [channels, setChannels] = useState([]);
  const [state, set] = useState({});
  const options = () => ({ date, side, ...(kind && { kind }), ...(channels.length && { channels }) });
  const ask = (source) => post("/v1/assist/legal", { ...source, lang: lang.value, options: options(), ...(deal && { master_deal_id: deal }) });
  const source = () => (document ? { document_id: document.document_id } : { text });
  const review = async () => {
    set({ busy: true });
    try {
      const [answer, earlier] = await Promise.all([ask(source()), comparing && before?.text?.trim() ? ask(before.document_id ? { document_id: before.document_id } : { text: before.text }) : null]);
      set({ answer, earlier, text: document ? document.text : text, request: { ...source(), lang: lang.value, options: options() } });
    } catch (problem) { set({ problem }); }
  };
  const memo = () => download("/v1/assist/legal/memo", "memo.docx", { body: state.request }).catch((problem) => toast(problem.message, "danger"));
  return html`<${Head} title=${t("nav.legal")} sub=${deal ? `${t("planning.for")} ${deal}` : t("legal.sub")} /><div class="stack">
    ${!deal && html`<${Queue} />`}
    <${Card} title=${t("legal.text")}><${FromDeal} deal=${deal} taken=${setDocument} chosen=${document?.document_id} /><${TextIntake} id="legal" label=${t("legal.text")} hint=${t("legal.hint")} value=${document ? document.text : text} change=${(value) => { setDocument(null); setText(value); }} taken=${setDocument} />
      <div class="filters mt-3 mb-0"><${Choice} label=${t("legal.what")} options=${[["", t("legal.auto")], ["contract", t("legal.contract")], ["ad", t("legal.ad")]]} chosen=${kind} choose=${setKind} />
        <span class="row-line">${t("legal.side")}: <${Choice} label=${t("legal.side")} options=${[["seller", named("sides", "seller")], ["client", named("sides", "client")]]} chosen=${side} choose=${setSide} /></span>
        <label class="row-line">${t("legal.date")} <input class="form-control" type="date" value=${date} onInput=${(event) => setDate(event.target.value)} /></label>
        ${kind === "ad" && html`<select class="form-select" multiple size="3" aria-label=${t("legal.channels")} onChange=${(event) => setChannels([...event.target.selectedOptions].map((one) => one.value))}>${CHANNELS.map((one) => html`<option key=${one} value=${one} selected=${channels.includes(one)}>${named("channels", one)}</option>`)}</select>`}
        <label class="form-check mb-0"><input class="form-check-input" type="checkbox" checked=${comparing} onChange=${(event) => compare(event.target.checked)} /> ${t("legal.compare")}</label>
        <button class="btn btn-primary" type="button" disabled=${state.busy || !(document || text.trim()) || !date} onClick=${review}><${Icon} name="scale" /> ${t("legal.review")}</button></div>
      ${comparing && html`<div class="mt-3"><${TextIntake} id="before" rows=${6} label=${t("legal.before")} value=${before?.text ?? ""} change=${(value) => setBefore({ text: value })} taken=${setBefore} /></div>`}</${Card}>
    ${state.busy && html`<${Skeleton} lines=${8} />`}${state.problem && html`<${Trouble} problem=${state.problem} />`}
    ${state.earlier && html`<${Compared} before=${state.earlier.findings || []} after=${state.answer.findings || []} />`}
    ${state.answer && html`<${Review} answer=${state.answer} text=${state.text} memo=${memo} />`}
    <${LawChange} /></div>`;
}
