// What the legal review found for the deal, at its place in the text.
import { html } from "../../vendor/ui.js";
import { download } from "../api.js";
import { lang, toast } from "../state.js";
import { t } from "../words.js";
import { Card, Empty, Icon, Link } from "../parts/parts.js";
import { Review } from "../legal/review.js";
import { Decided } from "./papers.js";

// The memo is asked for as the review was.
function memo({ decision, document }) {
  const { demo: _, ...options } = decision.made_of.request.options;
  const body = { document_id: document.document_id, lang: lang.value, options };
  return download("/v1/assist/legal/memo", "memo.docx", { body }).catch((problem) => toast(problem.message, "danger"));
}

export function Reviewed({ deal }) {
  const id = deal.master_deal_id;
  const go = html`<${Link} class="btn" to=${`/legal?deal=${encodeURIComponent(id)}`}><${Icon} name="scale" /> ${t("room.to_legal")}</${Link}>`;
  return html`<div class="stack"><${Decided} id=${id} kind="legal" none=${html`<${Card} title=${t("legal.findings")}><${Empty} icon="scale" title=${t("room.no_review")}>${go}</${Empty}></${Card}>`}>${(found) => html`<div class="stack"><${Review} answer=${found.decision.answer} text=${found.document?.text ?? ""} memo=${() => memo(found)} /><div>${go}</div></div>`}</${Decided}></div>`;
}
