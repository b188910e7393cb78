// What the copilot proposed for the deal and a person has not decided yet.
import { html } from "../../vendor/ui.js";
import { getAll } from "../api.js";
import { t } from "../words.js";
import { Card, Link, useLoaded } from "../parts/parts.js";
import { Proposal } from "../copilot/proposal.js";

// Nothing is shown while nothing waits.
export function Waiting({ id }) {
  const loaded = useLoaded((signal) => getAll("/v1/proposals", { state: "waiting", master_deal_id: id }, { signal }), [id]);
  if (!loaded.value?.length) return null;
  return html`<${Card} title=${t("room.waiting")} aside=${html`<${Link} to="/approvals">${t("nav.approvals")}</${Link}>`}><div class="stack">${loaded.value.map((one) => html`<${Proposal} key=${one.id} proposal=${one} folded decided=${loaded.again} />`)}</div></${Card}>`;
}
