// Who asks? A token, where the installation wants one.
import { html, useState } from "../../vendor/ui.js";
import { token } from "../state.js";
import { t } from "../words.js";

export function SignIn() {
  const [value, set] = useState("");
  return html`<main class="sign-in"><form class="card" onSubmit=${(event) => { event.preventDefault(); if (value.trim()) token.value = value.trim(); }}>
    <div class="card-body"><h1><img src="/page/icon.svg" width="32" height="32" alt="" /> MasterDeal</h1><p class="text-secondary">${t("sign_in.why")}</p>
    <label class="form-label" for="token">${t("sign_in.token")}</label><input id="token" class="form-control" type="password" autocomplete="off" aria-describedby=${token.value ? "refused" : null} value=${value} onInput=${(event) => set(event.target.value)} />
    ${token.value && html`<p id="refused" class="text-danger mt-2 mb-0" role="alert">${t("sign_in.refused")}</p>`}
    <button class="btn btn-primary w-100 mt-3">${t("sign_in.enter")}</button></div></form></main>`;
}
