// An offer by its number, its versions; and the check whether a file is what was approved.
import { html, useState } from "../../vendor/ui.js";
import { get, send } from "../api.js";
import { go } from "../state.js";
import { t } from "../words.js";
import { Card, Head, Icon, Loaded, useLoaded } from "../parts/parts.js";
import { Offer } from "../planning/offer.js";

function Verify() {
  const [answer, set] = useState(null);
  const check = async (file) => {
    if (!file) return;
    const form = new FormData();
    form.append("file", file);
    set(await send("POST", "/v1/offers/verify", form).then((value) => ({ ...value, name: file.name }), (problem) => ({ valid: false, name: file.name, reason: problem.message })));
  };
  return html`<${Card} title=${t("offer.verify")}><p class="text-secondary">${t("offer.verify_sub")}</p><label class="btn"><${Icon} name="file-upload" /> ${t("offer.choose_file")}<input class="hidden" type="file" accept=".docx,.pdf,.json,.xlsx" onChange=${(event) => { check(event.target.files[0]); event.target.value = ""; }} /></label>
    ${answer && html`<p class="mt-3 mb-0 alert ${answer.valid ? "alert-success" : "alert-danger"}" role="status"><${Icon} name=${answer.valid ? "circle-check" : "circle-x"} /> <b>${answer.name}</b>: ${answer.valid ? t("offer.valid_file", { id: answer.offer_id, n: answer.version }) : `${t("offer.invalid_file")}: ${answer.reason || ""}`}</p>`}</${Card}>`;
}

function One({ id }) {
  const loaded = useLoaded((signal) => get(`/v1/offers/${encodeURIComponent(id)}`, {}, { signal }), [id]);
  const files = ["docx", "pdf", "xlsx"].map((kind) => ({ name: `offer.${kind}`, href: `/v1/offers/${encodeURIComponent(id)}/files/offer.${kind}` }));
  return html`<${Loaded} of=${loaded}>${(offer) => html`<${Offer} key=${offer.hash + offer.status} offer=${offer} files=${files} />`}</${Loaded}>`;
}

export default function Offers({ id }) {
  const [number, setNumber] = useState("");
  return html`<${Head} title=${t("nav.offers")} sub=${t("offer.sub")} /><div class="stack">
    <${Card} title=${t("offer.find")}><form class="row-line" onSubmit=${(event) => { event.preventDefault(); go(`/offers/${encodeURIComponent(number.trim())}`); }}><input class="form-control w-auto" aria-label=${t("offer.number")} placeholder="OF-…" value=${number} onInput=${(event) => setNumber(event.target.value)} /><button class="btn btn-primary" disabled=${!number.trim()}>${t("offer.open")}</button></form></${Card}>
    ${id && html`<${One} id=${id} />`}<${Verify} /></div>`;
}
