// The frame of every page: navigation, search, live state, the copilot beside it; and which page stands where.
import { html, render, useEffect, useRef, useState } from "../vendor/ui.js";
import { get } from "./api.js";
import { listen } from "./live.js";
import { caller, copilotOpen, go, lang, online, place, theme, toasts, token } from "./state.js";
import { t, named } from "./words.js";
import { useModule } from "./parts/module.js";
import { Fence, Icon, Link, Skeleton, Trouble } from "./parts/parts.js";
import { SignIn } from "./parts/signin.js";
import { PAGES, SECTIONS } from "./pages.js";

function Page() {
  const path = place.value.pathname;
  const found = PAGES.find(({ at }) => at.test(path));
  const { module, away } = useModule(found?.file, () => import(`./pages/${found.file}.js`));
  if (!found) return html`<${Trouble} problem=${{ status: 404, message: path }} />`;
  if (away) return html`<${Trouble} problem=${{ status: 0 }} again=${() => location.reload()} />`;
  if (!module) return html`<${Skeleton} />`;
  const args = Object.fromEntries(Object.entries(path.match(found.at).groups || {}).filter(([, value]) => value !== undefined).map(([name, value]) => [name, decodeURIComponent(value)]));
  return html`<${Fence} key=${path}><${module.default} ...${args} /></${Fence}>`;
}

function Nav({ close }) {
  const path = place.value.pathname;
  return html`<nav class="side-nav" aria-label=${t("nav.label")}>${SECTIONS.map(({ to, icon, name, belongs }) => html`<${Link} key=${to} to=${to} class="side-link ${belongs.test(path) ? "active" : ""}" aria-current=${belongs.test(path) ? "page" : null} onClick=${close}><${Icon} name=${icon} /><span>${t(`nav.${name}`)}</span></${Link}>`)}</nav>`;
}

// Straight to a deal by its number; otherwise to the deals that the words find.
function Search() {
  const box = useRef();
  useEffect(() => {
    const press = (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
      event.preventDefault();
      box.current.focus();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  return html`<form class="search" role="search" onSubmit=${(event) => {
    event.preventDefault();
    const words = box.current.value.trim();
    if (words) go(/^MD-\S+$/i.test(words) ? `/deals/${encodeURIComponent(words.toUpperCase())}` : `/deals?q=${encodeURIComponent(words)}`);
  }}><${Icon} name="search" size=${16} /><input ref=${box} type="search" class="form-control" aria-label=${t("nav.search")} placeholder=${t("nav.search")} /><kbd aria-hidden="true">/</kbd></form>`;
}

const Live = () => html`<span class="live live-${online.value}" role="status" title=${t(`live.${online.value}`)}><i></i><span>${t(`live.${online.value}`)}</span></span>`;

function Top({ menu }) {
  return html`<header class="top">
    <button class="btn btn-ghost btn-icon menu-button" type="button" aria-label=${t("nav.menu")} onClick=${menu}><${Icon} name="menu-2" /></button>
    <${Search} />
    <div class="top-right">
      <${Live} />
      <button class="btn btn-ghost btn-icon" type="button" aria-label=${t("nav.language")} onClick=${() => { lang.value = lang.value === "ru" ? "en" : "ru"; }}><b>${lang.value === "ru" ? "EN" : "RU"}</b></button>
      <button id="theme" class="btn btn-ghost btn-icon" type="button" aria-label=${t("nav.theme")} onClick=${() => { theme.value = theme.value === "dark" ? "light" : "dark"; }}><${Icon} name=${theme.value === "dark" ? "sun" : "moon"} /></button>
      ${caller.value && html`<span class="who" title=${(caller.value.roles || []).map((role) => named("roles", role)).join(", ")}><${Icon} name="user" size=${16} /><span>${caller.value.subject === "local" ? t("nav.local") : caller.value.name || caller.value.subject}</span></span>`}
      ${token.value && html`<button class="btn btn-ghost btn-icon" type="button" aria-label=${t("nav.sign_out")} onClick=${() => { token.value = null; caller.value = null; }}><${Icon} name="logout" /></button>`}
      <button class="btn btn-primary copilot-button" type="button" aria-expanded=${copilotOpen.value ? "true" : "false"} aria-controls="copilot" onClick=${() => { copilotOpen.value = !copilotOpen.value; }}><${Icon} name="sparkles" /><span>${t("nav.copilot")}</span></button>
    </div></header>`;
}

const Toasts = () => html`<div class="toasts" role="status" aria-live="polite">${toasts.value.map((one) => html`<div key=${one.id} class="alert alert-${one.kind}">${one.text}</div>`)}</div>`;

function Beside() {
  const open = copilotOpen.value;
  const { module } = useModule(open && "copilot", () => import("./copilot/panel.js"));
  return open && module ? html`<${Fence}><${module.default} /></${Fence}>` : null;
}

function Shell() {
  const [menu, setMenu] = useState(false);
  const [barred, setBarred] = useState(false);
  useEffect(() => {
    get("/v1/me").then(
      (me) => { caller.value = me; setBarred(false); },
      (problem) => { if (problem.status === 401) setBarred(true); },
    );
  }, [token.value, online.value === "live"]); // a service that is back is asked again who this is
  useEffect(() => { if (!barred) listen(); }, [barred]);
  useEffect(() => {
    const press = (event) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      copilotOpen.value = !copilotOpen.value;
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  if (barred) return html`<${SignIn} />`;
  return html`<a class="skip" href="#content">${t("nav.skip")}</a>
    <div class="frame ${menu ? "menu-open" : ""} ${copilotOpen.value ? "with-copilot" : ""}">
      <aside class="side"><${Link} to="/" class="brand"><img src="/page/icon.svg" width="28" height="28" alt="" /><span>MasterDeal</span></${Link}><${Nav} close=${() => setMenu(false)} /></aside>
      <div class="main-column"><${Top} menu=${() => setMenu(!menu)} /><main id="content" tabindex="-1"><${Page} /></main></div>
      <${Beside} />
    </div><${Toasts} />`;
}

const app = document.getElementById("app");
app.replaceChildren();
render(html`<${Shell} />`, app);
