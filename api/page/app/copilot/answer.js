// An answer whose figures are links: each shows where it stands, and a deal's leads to the deal.
import { html, useId, useState } from "../../vendor/ui.js";
import { named, t } from "../words.js";
import { Icon, Link } from "../parts/parts.js";

// "…text… [e1, e2]" -> the text, and the evidence it cites.
function cited(line, byId) {
  const parts = [];
  let from = 0;
  for (const mark of line.matchAll(/ ?\[(e\d+(?:, ?e\d+)*)\]/g)) {
    parts.push({ text: line.slice(from, mark.index), evidence: mark[1].split(/, ?/).map((id) => byId.get(id)).filter(Boolean) });
    from = mark.index + mark[0].length;
  }
  if (from < line.length) parts.push({ text: line.slice(from), evidence: [] });
  return parts;
}

// Where each piece of evidence stands in the text: in order, the first place not yet taken; what stands nowhere is
// shown after it.
function placed(text, evidence) {
  const spans = [], loose = [];
  for (const one of evidence) {
    const shown = String(one.shown ?? one.value ?? "");
    let at = shown ? text.indexOf(shown) : -1;
    while (at >= 0 && spans.some((span) => at < span.end && at + shown.length > span.start)) at = text.indexOf(shown, at + 1);
    if (at >= 0) spans.push({ start: at, end: at + shown.length, one });
    else loose.push(one);
  }
  return { spans: spans.sort((a, b) => a.start - b.start), loose };
}

const dealOf = (path) => path?.match(/^deal\/([^/]+)\//)?.[1];

export function Cite({ one, children }) {
  const [open, set] = useState(false), id = useId();
  const deal = dealOf(one.path);
  return html`<span class="cite-box" onMouseEnter=${() => set(true)} onMouseLeave=${() => set(false)}><span role="button" tabindex="0" class="cite" aria-expanded=${open ? "true" : "false"} aria-describedby=${open ? id : null} onClick=${() => set(true)} onFocus=${() => set(true)} onBlur=${(event) => !event.currentTarget.parentNode.contains(event.relatedTarget) && set(false)} onKeyDown=${(event) => { if (event.key === "Escape" && open) { event.stopPropagation(); set(false); } if (event.key === "Enter" || event.key === " ") { event.preventDefault(); set(true); } }}>${children ?? html`<sup>${one.id.slice(1)}</sup>`}</span>
    ${open && html`<span class="source" role="tooltip" id=${id}><b>${named("evidence", one.kind)}</b><code>${one.path}</code>${one.quote ? html`<q>${one.quote}</q>` : html`<span>${typeof one.value === "object" ? JSON.stringify(one.value) : String(one.value)}</span>`}${deal && html`<${Link} to=${`/deals/${encodeURIComponent(deal)}`}><${Icon} name="external-link" size=${14} /> ${t("copilot.to_deal")}</${Link}>`}</span>`}</span>`;
}

function Part({ text, evidence }) {
  const { spans, loose } = placed(text, evidence);
  const pieces = [];
  let from = 0;
  for (const span of spans) {
    if (span.start > from) pieces.push(text.slice(from, span.start));
    pieces.push(html`<${Cite} one=${span.one}>${text.slice(span.start, span.end)}</${Cite}>`);
    from = span.end;
  }
  pieces.push(text.slice(from));
  return html`${pieces}${loose.map((one) => html`<${Cite} one=${one} />`)}`;
}

export function Answer({ text, evidence }) {
  const byId = new Map(evidence.map((one) => [one.id, one]));
  const blocks = [];
  for (const raw of text.split("\n")) {
    const line = raw.trimEnd();
    if (!line) continue;
    const item = /^\s*(?:[-•–]|\d+[.)])\s+/.test(line);
    if (item && blocks.at(-1)?.items) blocks.at(-1).items.push(line);
    else if (item) blocks.push({ items: [line] });
    else blocks.push({ line });
  }
  const said = (line) => cited(line, byId).map((part, n) => html`<${Part} key=${n} ...${part} />`);
  return html`<div class="answer">${blocks.map((block, n) => block.items ? html`<ul key=${n}>${block.items.map((line) => html`<li>${said(line.replace(/^\s*[-•–]\s+/, ""))}</li>`)}</ul>` : html`<p key=${n}>${said(block.line)}</p>`)}</div>`;
}
