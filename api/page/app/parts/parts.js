// The page's small parts. They know how things look, not what they mean.
import { html, useEffect, useRef, useState, useErrorBoundary, useId } from "../../vendor/ui.js";
import { go } from "../state.js";
import { said, t } from "../words.js";
import { Problem } from "../api.js";

export const Icon = ({ name, label, size = 20 }) => html`<svg class="icon" width=${size} height=${size} aria-hidden=${label ? null : "true"} role=${label ? "img" : null} aria-label=${label}><use href="/page/vendor/icons.svg#${name}" /></svg>`;

// A link within the page; with a modifier key, or from outside, an ordinary link.
export const Link = ({ to, children, ...rest }) => html`<a href=${to} ...${rest} onClick=${(event) => {
  rest.onClick?.(event);
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  go(to);
}}>${children}</a>`;

export const Card = ({ title, aside, children, flush, id, label }) => {
  const heading = useId();
  return html`<section class="card" id=${id} aria-labelledby=${title ? heading : null} aria-label=${label}>
    ${title && html`<div class="card-header"><h2 class="card-title" id=${heading}>${title}</h2>${aside && html`<div class="card-actions">${aside}</div>`}</div>`}
    <div class=${flush ? "" : "card-body"}>${children}</div>
  </section>`;
};

export const Head = ({ title, sub, children }) => {
  useEffect(() => { document.title = `${title} · MasterDeal`; }, [title]);
  return html`<div class="page-header"><div><h1 class="page-title">${title}</h1>${sub && html`<p class="text-secondary mb-0">${sub}</p>`}</div><div class="page-actions">${children}</div></div>`;
};

export const Badge = ({ tone = "secondary", icon, title, children }) => html`<span class="badge tone-${tone}" title=${title}>${icon && html`<${Icon} name=${icon} size=${14} />`}${children}</span>`;

export const Skeleton = ({ lines = 4 }) => html`<div class="placeholder-glow skeleton" role="status" aria-label=${t("say.loading")}>${Array.from({ length: lines }, (_, n) => html`<span class="placeholder col-${12 - (n * 3) % 7}"></span>`)}</div>`;

export const Empty = ({ icon = "circle-dashed", title, children }) => html`<div class="empty"><div class="empty-icon"><${Icon} name=${icon} size=${40} /></div><p class="empty-title">${title || t("say.empty")}</p>${children && html`<div class="empty-subtitle text-secondary">${children}</div>`}</div>`;

const SAID = { 0: ["plug-connected-x", "say.offline"], 401: ["shield-check", "say.sign_in"], 403: ["shield-check", "say.forbidden"], 404: ["circle-dashed", "say.not_found"], 429: ["clock", "say.too_many"] };

// What went wrong, in words a person can act on; never a stack trace.
export function Trouble({ problem, again }) {
  const [icon, key] = SAID[problem.status] || ["alert-triangle", "say.failed"], own = said(problem);
  return html`<div class="empty" role="alert"><div class="empty-icon"><${Icon} name=${icon} size=${40} /></div>
    <p class="empty-title">${own?.title ?? t(key)}</p>${problem.status > 0 && problem.status !== 401 && html`<p class="empty-subtitle text-secondary">${own?.detail ?? problem.message}</p>`}
    ${again && html`<button class="btn" type="button" onClick=${again}><${Icon} name="refresh" /> ${t("say.again")}</button>`}</div>`;
}

// Something that is loaded: `load(signal)` is called when `keys` change. Old content stays while the new comes.
export function useLoaded(load, keys) {
  const [state, set] = useState({ value: null, problem: null, busy: true });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    let later;
    set((before) => ({ ...before, busy: true }));
    Promise.resolve(load(stop.signal)).then(
      (value) => set({ value, problem: null, busy: false }),
      (problem) => {
        if (problem.name === "AbortError") return;
        // What cannot answer yet (marts that are being filled, a service that is started anew) is asked again by itself.
        if (problem.status === 503 || problem.status === 0) later = setTimeout(() => setRound((n) => n + 1), 1500);
        set((before) => ({ value: problem.status && problem.status !== 503 ? null : before.value, problem: problem instanceof Problem ? problem : new Problem({ title: String(problem.message) }, -1), busy: false }));
      },
    );
    return () => { stop.abort(); clearTimeout(later); };
  }, [...keys, round]);
  return { ...state, again: () => setRound((n) => n + 1) };
}

// The three states of everything that is loaded.
export function Loaded({ of, lines, children }) {
  // Figures that cannot be asked anew stay, and say so.
  const old = of.value !== null && of.problem && said(of.problem);
  if (of.value !== null) return html`${old && html`<p class="stale-note" role="status"><${Icon} name="alert-triangle" size=${16} /> ${old.title}. ${t("say.as_before")}</p>`}<div class=${of.busy ? "is-busy" : ""} aria-busy=${of.busy ? "true" : "false"}>${children(of.value)}</div>`;
  if (of.problem) return html`<${Trouble} problem=${of.problem} again=${of.again} />`;
  return html`<${Skeleton} lines=${lines} />`;
}

export function Fence({ children }) {
  const [error, reset] = useErrorBoundary((caught) => console.error(caught));
  return error ? html`<${Trouble} problem=${{ status: -1, message: t("say.page_broken") }} again=${reset} />` : children;
}

// A dialog that traps focus and closes by Escape, as the browser's own does.
export function Dialog({ title, close, children, wide }) {
  const ref = useRef(), heading = useId();
  useEffect(() => { ref.current.showModal(); }, []);
  return html`<dialog ref=${ref} class="sheet ${wide ? "wide" : ""}" aria-labelledby=${heading} onClose=${close} onClick=${(event) => event.target === ref.current && close()}>
    <div class="sheet-head"><h2 id=${heading}>${title}</h2><button class="btn btn-ghost btn-icon" type="button" aria-label=${t("say.close")} onClick=${close}><${Icon} name="x" /></button></div>
    <div class="sheet-body">${children}</div></dialog>`;
}

export function Tabs({ label, tabs, chosen, choose }) {
  const ref = useRef();
  // The chosen tab is in sight also where not all of them fit.
  useEffect(() => {
    const list = ref.current, tab = list.querySelector("[aria-selected=true]");
    if (tab) list.scrollLeft += tab.getBoundingClientRect().left - list.getBoundingClientRect().left - (list.clientWidth - tab.clientWidth) / 2;
  }, [chosen]);
  return html`<ul ref=${ref} class="nav nav-tabs" role="tablist" aria-label=${label} onKeyDown=${(event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const at = tabs.findIndex(([id]) => id === chosen), [next] = tabs[(at + step + tabs.length) % tabs.length];
  choose(next);
  event.currentTarget.querySelector(`[data-tab="${next}"]`)?.focus();
}}>${tabs.map(([id, name, count]) => html`<li class="nav-item" role="presentation" key=${id}><button class="nav-link ${id === chosen ? "active" : ""}" type="button" role="tab" data-tab=${id} aria-selected=${id === chosen ? "true" : "false"} tabindex=${id === chosen ? 0 : -1} onClick=${() => choose(id)}>${name}${count !== undefined && html` <span class="count">${count}</span>`}</button></li>`)}</ul>`;
}

// One of a few: a group of buttons that behaves as one.
export const Choice = ({ label, options, chosen, choose }) => html`<div class="btn-group choice" role="group" aria-label=${label}>${options.map(([id, name, icon]) => html`<button key=${id} type="button" class="btn btn-sm ${id === chosen ? "active" : ""}" aria-pressed=${id === chosen ? "true" : "false"} onClick=${() => choose(id)}>${icon && html`<${Icon} name=${icon} size=${16} />`}<span>${name}</span></button>`)}</div>`;

// The wall clock, a tick a second; only what counts down listens to it.
export function useNow(pause = 1000) {
  const [now, set] = useState(Date.now());
  useEffect(() => { const timer = setInterval(() => set(Date.now()), pause); return () => clearInterval(timer); }, [pause]);
  return now;
}
