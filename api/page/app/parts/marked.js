// A text with marked places. Offsets count code points, as the service counts them.
import { html } from "../../vendor/ui.js";

export function Marked({ text, marks, chosen, choose, label }) {
  const letters = Array.from(text);
  const cut = (from, to) => letters.slice(from, to).join("");
  const sorted = marks.filter((one) => Number.isInteger(one.start) && one.end > one.start).sort((a, b) => a.start - b.start || b.end - a.end);
  const pieces = [];
  let at = 0;
  for (const one of sorted) {
    if (one.end <= at) continue;
    const start = Math.max(one.start, at);
    pieces.push(cut(at, start));
    pieces.push(html`<mark key=${one.id} id=${`mark-${one.id}`} class="mark mark-${one.tone || "blue"} ${chosen === one.id ? "chosen" : ""}" role=${choose ? "button" : null} tabindex=${choose ? 0 : null} title=${one.title} onClick=${() => choose?.(one.id)} onKeyDown=${(event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose?.(one.id); } }}>${cut(start, one.end)}</mark>`);
    at = one.end;
  }
  pieces.push(cut(at));
  return html`<div class="marked" tabindex="0" role="region" aria-label=${label}>${pieces}</div>`;
}

// Bring a marked place into view.
export const reveal = (id) => document.getElementById(`mark-${id}`)?.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
