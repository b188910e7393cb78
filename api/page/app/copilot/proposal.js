// A proposal waits for a person: looked at, then approved by the hash of what was seen, edited, or rejected.
import { html, useState } from "../../vendor/ui.js";
import { send } from "../api.js";
import { toast } from "../state.js";
import { money } from "../format.js";
import { named, t } from "../words.js";
import { Badge, Icon } from "../parts/parts.js";
import { Content } from "./content.js";
import { EditForm, leaves, patch } from "./edits.js";
import { KindForm, elsewhere, fieldsOf, patchOf, told } from "./forms.js";

const PLAIN = new Set(["task", "event"]); // kinds whose values stand by themselves; those of a plan follow from others
const TONE = { waiting: "yellow", approved: "green", rejected: "red", superseded: "secondary" };

export function Proposal({ proposal, thread, decided, folded }) {
  const [card, set] = useState(proposal);
  const [edits, setEdits] = useState(null), [changes, setChanges] = useState({}), [comment, setComment] = useState(""), [problem, setProblem] = useState(null), [wrong, setWrong] = useState([]), [exact, setExact] = useState(false), [busy, setBusy] = useState(false);
  const fields = fieldsOf(card.kind, card.content), formed = fields.length > 0 || (PLAIN.has(card.kind) && leaves(card.content).length > 0);
  const open = card.state === "waiting", form = !exact && formed;
  const changed = () => (fields.length ? patchOf(card.kind, card.content, fields, changes) : patch(card.content, changes));
  const edited = () => (form ? changed() : JSON.parse(edits));

  async function decide(decision) {
    setBusy(true);
    setProblem(null);
    setWrong([]);
    try {
      const body = { decision, hash: card.hash, ...(comment && { comment }), ...(decision === "edit" && { edits: edited() }) };
      const path = thread ? `/v1/chat/${thread}/approvals/${card.id}` : `/v1/proposals/${card.id}/decision`;
      const answer = await send("POST", path, body);
      const next = answer.successor ?? answer.proposal ?? answer;
      set(next);
      // A card that was decided leaves the list of those that wait: what became of it is said apart.
      toast(decision === "edit" ? t("proposal.edited") : `${named("proposal_kinds", next.kind)}: ${named("proposal_states", next.state)}`);
      setEdits(null);
      setExact(false);
      setChanges({});
      decided?.();
    } catch (error) {
      const placed = decision === "edit" && form && fields.length ? error.body?.errors ?? [] : [], rest = elsewhere(fields, placed);
      setWrong(placed);
      setProblem(error instanceof SyntaxError ? t("proposal.bad_json") : error.status === 409 ? t("proposal.conflict", { why: error.message }) : rest.length ? rest.map(told).join("; ") : placed.length ? t("proposal.wrong", { n: placed.length }) : error.message);
    }
    setBusy(false);
  }

  const total = card.content?.[card.kind]?.totals?.gross; // a plan or an offer is long, and its sum says which one it is
  const content = html`<div class="proposed" tabindex="0" role="group" aria-label=${t("proposal.content")}><${Content} kind=${card.kind} content=${card.content} /></div>`;
  return html`<section class="proposal" aria-label=${t("proposal.label", { kind: named("proposal_kinds", card.kind) })}>
    <div class="row-line spread"><b><${Icon} name="checkbox" size=${16} /> ${named("proposal_kinds", card.kind)}</b><${Badge} tone=${TONE[card.state]}>${named("proposal_states", card.state)}</${Badge}></div>
    ${folded && total ? html`<details><summary>${t("proposal.content")}: ${money(total)}</summary>${content}</details>` : content}
    <details><summary>${t("proposal.exact")}</summary><pre tabindex="0">${JSON.stringify(card.content, null, 2)}</pre></details>
    <p class="how">${t("proposal.hash")} <code>${card.hash?.slice(0, 12)}</code>${card.master_deal_id ? ` · ${card.master_deal_id}` : ""}${card.decided_by ? ` · ${card.decided_by}` : ""}</p>
    ${problem && html`<p class="text-danger" role="alert">${problem}</p>`}
    ${open && (edits === null ? html`<div class="row-line"><button class="btn btn-sm btn-primary" type="button" disabled=${busy} onClick=${() => decide("approve")}>${t("proposal.approve")}</button><button class="btn btn-sm" type="button" disabled=${busy} onClick=${() => setEdits("{}")}>${t("proposal.edit")}</button><button class="btn btn-sm" type="button" disabled=${busy} onClick=${() => decide("reject")}>${t("proposal.reject")}</button></div>`
    : html`<form class="stack" novalidate onSubmit=${(event) => { event.preventDefault(); decide("edit"); }}>${!form ? html`<label class="form-label">${t("proposal.edits")}<textarea class="form-control" rows="4" value=${edits} onInput=${(event) => setEdits(event.target.value)}></textarea></label>` : fields.length ? html`<${KindForm} name=${card.id} kind=${card.kind} fields=${fields} changes=${changes} change=${setChanges} problems=${wrong} />` : html`<${EditForm} content=${card.content} changes=${changes} change=${setChanges} />`}<label class="form-label">${t("proposal.comment")}<input class="form-control" value=${comment} onInput=${(event) => setComment(event.target.value)} /></label><div class="row-line"><button class="btn btn-sm btn-primary" disabled=${busy}>${t("say.save")}</button><button class="btn btn-sm" type="button" onClick=${() => { setEdits(null); setExact(false); setProblem(null); setWrong([]); }}>${t("say.cancel")}</button>${formed && html`<button class="btn btn-sm btn-ghost" type="button" aria-pressed=${exact} onClick=${() => { if (!exact) setEdits(JSON.stringify(changed(), null, 2)); setExact(!exact); }}>JSON</button>`}</div></form>`)}</section>`;
}
