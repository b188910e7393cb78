// From brief to approved offer: read, planned, drafted, approved; each step shows what it rests on.
import { html, useState } from "../../vendor/ui.js";
import { post } from "../api.js";
import { lang, query } from "../state.js";
import { t } from "../words.js";
import { Card, Head, Skeleton, Trouble } from "../parts/parts.js";
import { FromDeal } from "../parts/dealdocs.js";
import { TextIntake } from "../parts/intake.js";
import { Brief } from "../planning/brief.js";
import { Plan } from "../planning/plan.js";
import { Offer } from "../planning/offer.js";

function useCall(path) {
  const [state, set] = useState({ busy: false, answer: null, problem: null });
  const call = async (body) => {
    set({ busy: true, answer: null, problem: null });
    try {
      const answer = await post(path, body);
      set({ busy: false, answer, problem: null });
      return answer;
    } catch (problem) { set({ busy: false, answer: null, problem }); return null; }
  };
  return { ...state, call, clear: () => set({ busy: false, answer: null, problem: null }) };
}

const Step = ({ of, children }) => (of.busy ? html`<${Skeleton} lines=${5} />` : of.problem ? html`<${Trouble} problem=${of.problem} />` : of.answer ? children(of.answer) : null);

export default function Planning() {
  const deal = query.value.get("deal");
  const [text, setText] = useState(""), [document, setDocument] = useState(null), [options, setOptions] = useState({});
  const brief = useCall("/v1/assist/brief"), plan = useCall("/v1/assist/mediaplan"), offer = useCall("/v1/assist/offer");
  const source = () => ({ ...(document ? { document_id: document.document_id } : { text }), lang: lang.value, ...(deal && { master_deal_id: deal }) });
  const read = () => { plan.clear(); offer.clear(); brief.call(source()); };
  const make = (changes = {}) => { offer.clear(); const next = { ...options, ...changes }; setOptions(next); return plan.call({ ...source(), options: next }); };
  const draft = (more = {}) => offer.call({ ...source(), options: { ...(plan.answer?.result.plan_id ? { plan_id: plan.answer.result.plan_id } : options), ...more } });
  return html`<${Head} title=${t("nav.planning")} sub=${deal ? `${t("planning.for")} ${deal}` : t("planning.sub")} />
    <div class="stack"><${Card} title=${t("planning.brief")}>
      <${FromDeal} deal=${deal} taken=${setDocument} chosen=${document?.document_id} /><${TextIntake} id="brief" label=${t("planning.paste")} hint=${t("planning.hint")} value=${document ? document.text : text} change=${(value) => { setDocument(null); setText(value); }} taken=${(found) => setDocument(found)} />
      <button class="btn btn-primary mt-3" type="button" disabled=${brief.busy || !(document || text.trim())} onClick=${read}>${t("planning.read")}</button></${Card}>
    <${Step} of=${brief}>${(answer) => html`<${Brief} answer=${answer} text=${document ? document.text : text} options=${options} plan=${make} busy=${plan.busy} />`}</${Step}>
    <${Step} of=${plan}>${(answer) => html`<${Plan} answer=${answer} choose=${(scenario) => make({ scenario })} draft=${() => draft()} busy=${offer.busy} />`}</${Step}>
    <${Step} of=${offer}>${(answer) => html`<${Offer} offer=${answer.result.offer} files=${answer.result.files} proposes=${answer.result.proposes} again=${(discount) => draft({ discount })} />`}</${Step}></div>`;
}
