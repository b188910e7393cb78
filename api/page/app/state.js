// What the whole page shares: place, language, theme, who asks, how the service is.
import { signal, computed, effect } from "../vendor/ui.js";

const root = document.documentElement;

export const place = signal(new URL(location.href));
export const lang = signal(root.lang === "en" ? "en" : "ru");
export const theme = signal(root.getAttribute("data-bs-theme"));
export const calendar = signal(localStorage.getItem("calendar") || "elapsed"); // or "working"
export const token = signal(sessionStorage.getItem("token"));
export const caller = signal(null); // {subject, name, roles}; null until known
export const online = signal("connecting"); // connecting | live | offline
export const copilotOpen = signal(localStorage.getItem("copilot") === "open");
export const toasts = signal([]);

export const query = computed(() => place.value.searchParams);

effect(() => { root.lang = lang.value; localStorage.setItem("lang", lang.value); });
effect(() => { root.setAttribute("data-bs-theme", theme.value); localStorage.setItem("theme", theme.value); });
effect(() => localStorage.setItem("calendar", calendar.value));
effect(() => localStorage.setItem("copilot", copilotOpen.value ? "open" : "closed"));
effect(() => token.value ? sessionStorage.setItem("token", token.value) : sessionStorage.removeItem("token"));

// To another place of the page, without loading it anew. `replace` leaves no step for the back button.
export function go(to, { replace = false } = {}) {
  const url = new URL(to, location.href);
  history[replace ? "replaceState" : "pushState"](null, "", url);
  const moved = url.pathname !== place.peek().pathname;
  place.value = url;
  if (moved) { scrollTo(0, 0); document.getElementById("content")?.focus({ preventScroll: true }); }
}

// Filters live in the address: set some of them, drop those that are empty.
export function setQuery(changes, options) {
  const url = new URL(place.peek());
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  go(url, options);
}

// While true, long lists are drawn in full, as far as paper goes.
export const printing = signal(false);
addEventListener("afterprint", () => { printing.value = false; });

// Paper is white, whatever the screen is.
addEventListener("beforeprint", () => root.setAttribute("data-bs-theme", "light"));
addEventListener("afterprint", () => root.setAttribute("data-bs-theme", theme.peek()));

addEventListener("popstate", () => { place.value = new URL(location.href); });

let lastToast = 0;
export function toast(text, kind = "success") {
  const id = ++lastToast;
  toasts.value = [...toasts.value, { id, text, kind }];
  setTimeout(() => { toasts.value = toasts.value.filter((one) => one.id !== id); }, kind === "danger" ? 9000 : 5000);
}
