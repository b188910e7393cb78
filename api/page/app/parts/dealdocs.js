// The documents of the deal a page works for: one of them instead of a text typed here.
import { html } from "../../vendor/ui.js";
import { get } from "../api.js";
import { toast } from "../state.js";
import { t } from "../words.js";
import { Icon, Link, useLoaded } from "./parts.js";
import { documentsOf, titled } from "../room/papers.js";

export function FromDeal({ deal, taken, chosen }) {
  const list = useLoaded((signal) => (deal ? documentsOf(deal, signal) : Promise.resolve([])), [deal]);
  if (!deal) return null;
  const take = async (one) => {
    try { taken(await get(`/v1/documents/${one.document_id}`)); } catch (problem) { toast(problem.message, "danger"); }
  };
  return html`<div class="row-line mb-2"><${Link} class="btn btn-sm" to=${`/deals/${encodeURIComponent(deal)}`}><${Icon} name="briefcase" size=${16} /> ${deal}</${Link}>${list.value?.map((one) => html`<button key=${one.document_id} type="button" class="chip layer ${chosen === one.document_id ? "shown" : ""}" aria-pressed=${chosen === one.document_id ? "true" : "false"} onClick=${() => take(one)}><${Icon} name="file-text" size=${14} /> ${titled(one)}</button>`)}</div>`;
}
