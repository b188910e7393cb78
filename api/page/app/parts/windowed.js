// A long list of which only what is in sight is drawn, and only what is near is fetched: ten thousand rows are as
// quick as fifty. Rows are of one height, so that any place of the list can be scrolled to before it is known.
import { html, useEffect, useRef, useState } from "../../vendor/ui.js";
import { printing } from "../state.js";
import { t } from "../words.js";

const PAGE = 60, BEYOND = 6;
const ON_PAPER = 600; // rows of one list: some thirty sheets; who needs more takes the export

// Pages of a list that `load(start, limit)` fetches. `key` changes when the list is another one; `refresh()` fetches
// anew what is in sight and forgets the rest, showing the old until the new has come.
export function usePages(load, key) {
  const [, redraw] = useState(0);
  const box = useRef(null);
  if (box.current?.key !== key) {
    box.current?.stop.abort();
    box.current = { key, rows: new Map(), asked: new Set(), seen: [0, 1], problem: null, stop: new AbortController() };
  }
  const mine = box.current;
  useEffect(() => () => box.current?.stop.abort(), []);
  const ask = (number) => {
    if (mine.asked.has(number)) return;
    mine.asked.add(number);
    load(number * PAGE, PAGE, mine.stop.signal).then(
      (items) => { mine.rows.set(number, items); mine.problem = null; },
      (problem) => {
        if (problem.name === "AbortError") return;
        mine.problem = problem;
        // What cannot answer yet is asked again without being told to.
        if (problem.status === 503) setTimeout(() => { mine.asked.delete(number); if (box.current === mine && !mine.stop.signal.aborted) ask(number); }, 1500);
      },
    ).then(() => { if (box.current === mine) redraw((n) => n + 1); });
  };
  return {
    key,
    problem: mine.rows.size ? null : mine.problem,
    at: (n) => mine.rows.get(Math.floor(n / PAGE))?.[n % PAGE],
    need: (first, last) => {
      mine.seen = [first, last];
      for (let number = Math.floor(first / PAGE); number * PAGE < last; number++) ask(number);
    },
    refresh: () => {
      mine.asked.clear();
      for (let number = Math.floor(mine.seen[0] / PAGE); number * PAGE < Math.max(1, mine.seen[1]); number++) ask(number);
    },
  };
}

// `row(item, n)` draws a row and `blank(n)` one that has not come; both are as high as `height` pixels. `frame(rows, before,
// after)` puts them into a table or a list, with as much room before and after as the rows that are not drawn.
export function Windowed({ pages, total, height, label, className = "", row, blank, frame }) {
  const box = useRef(), drawn = useRef(0), kept = useRef(new WeakMap());
  const [sight, setSight] = useState([0, 20]);
  const look = () => {
    const el = box.current;
    if (!el) return;
    const first = Math.max(0, Math.floor(el.scrollTop / height) - BEYOND), last = Math.ceil((el.scrollTop + el.clientHeight) / height) + BEYOND;
    setSight((before) => (before[0] === first && before[1] === last ? before : [first, last]));
  };
  useEffect(() => {
    const grow = new ResizeObserver(look);
    grow.observe(box.current);
    return () => { grow.disconnect(); cancelAnimationFrame(drawn.current); };
  }, [height]);
  useEffect(() => { box.current.scrollTop = 0; look(); }, [pages.key]);
  const all = printing.value;
  const first = all ? 0 : Math.max(0, Math.min(sight[0], total - 1)), last = all ? Math.min(total, ON_PAPER) : Math.min(total, Math.max(sight[1], first + 1));
  // While one scrolls on, what flies past is not asked for.
  useEffect(() => {
    if (!total) return undefined;
    const timer = setTimeout(() => pages.need(first, last), pages.at(first) && pages.at(last - 1) ? 0 : 40);
    return () => clearTimeout(timer);
  }, [first, last, total, pages.key]);
  // A row that stays in sight is the same node, so that nothing of it is compared again.
  const drawnRow = (n) => {
    const item = pages.at(n);
    if (!item) return blank(n);
    let one = kept.current.get(item);
    if (one?.n !== n) kept.current.set(item, one = { n, node: row(item, n) });
    return one.node;
  };
  const rows = [];
  for (let n = first; n < last; n++) rows.push(drawnRow(n));
  return html`<div class="windowed ${className}" ref=${box} tabindex="0" role="group" aria-label=${label} onScroll=${() => { cancelAnimationFrame(drawn.current); drawn.current = requestAnimationFrame(look); }}>${frame(rows, first * height, all ? 0 : Math.max(0, total - last) * height)}${last - first < total && html`<p class="print-only">${t("deals.on_paper", { from: first + 1, to: last, of: total })}</p>`}</div>`;
}

export const Room = ({ px }) => (px > 0 ? html`<div aria-hidden="true" class="gap" style=${{ height: `${px}px` }}></div>` : null);
