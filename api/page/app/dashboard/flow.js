// What came, what was won, lost and broken, over time: as a picture, and as a table for who cannot see it.
import { html, useEffect, useRef } from "../../vendor/ui.js";
import { day } from "../format.js";
import { theme } from "../state.js";
import { t } from "../words.js";
import { Card } from "../parts/parts.js";
import { Deals } from "./marks.js";

const LINES = [["created", "#3b82f6"], ["won", "#16a34a"], ["lost", "#98a2b3"], ["breached", "#d63939"]];

const ON_PAPER = 640; // pixels

export function Flow({ board }) {
  const place = useRef(), chart = useRef(null);
  const points = board.flow?.points || [];
  const paint = (dark) => {
    const ink = dark ? "#c3ccda" : "#475263", line = dark ? "#333c4a" : "#e4e8ee";
    chart.current.setOption({
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches, color: LINES.map(([, color]) => color), grid: { left: 40, right: 16, top: 36, bottom: 26 },
      legend: { top: 0, left: 0, textStyle: { color: ink }, data: LINES.map(([name]) => t(`dashboard.flow_${name}`)) },
      tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: dark ? "#1f2733" : "#ffffff", textStyle: { color: ink } },
      xAxis: { type: "category", data: points.map((one) => day(one.from)), axisLabel: { color: ink }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } },
      yAxis: { type: "value", minInterval: 1, axisLabel: { color: ink }, splitLine: { lineStyle: { color: line } } },
      series: LINES.map(([name]) => (name === "created" ? { name: t(`dashboard.flow_${name}`), type: "bar", barMaxWidth: 18, itemStyle: { borderRadius: [3, 3, 0, 0] }, data: points.map((one) => one[name]) } : { name: t(`dashboard.flow_${name}`), type: "line", smooth: 0.2, symbolSize: 5, data: points.map((one) => one[name]) })),
    }, true);
  };
  useEffect(() => {
    let gone = false;
    const grow = new ResizeObserver(() => chart.current?.resize());
    import("../../vendor/charts.js").then(({ echarts }) => {
      if (gone) return;
      chart.current ??= echarts.init(place.current, null, { renderer: "canvas" });
      grow.observe(place.current);
      paint(theme.value === "dark");
    }, () => { /* the service is away: the table below says the same */ });
    return () => { gone = true; grow.disconnect(); };
  }, [JSON.stringify(points), theme.value, t("dashboard.flow_created")]);
  useEffect(() => () => { chart.current?.dispose(); chart.current = null; }, []);
  // A canvas keeps its pixels: before it is printed it is drawn for white paper, as wide as its part of a sheet, at once.
  const painted = useRef();
  painted.current = paint;
  useEffect(() => {
    const drawn = (dark, size) => {
      if (!chart.current) return;
      painted.current(dark);
      chart.current.setOption({ animation: false });
      chart.current.resize({ ...size, animation: { duration: 0 } });
      chart.current.getZr().flush();
    };
    const before = () => drawn(false, { width: ON_PAPER, height: 260 }), after = () => drawn(theme.peek() === "dark", { width: "auto", height: "auto" });
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => { removeEventListener("beforeprint", before); removeEventListener("afterprint", after); };
  }, []);
  return html`<${Card} title=${t(`dashboard.flow_by_${board.flow.unit || "day"}`)}><div class="chart" ref=${place} aria-hidden="true"></div>
    <details><summary>${t("dashboard.as_table")}</summary><div class="table-wrap"><table class="table"><thead><tr><th>${t("dashboard.from")}</th>${LINES.map(([name]) => html`<th class="number" key=${name}>${t(`dashboard.flow_${name}`)}</th>`)}</tr></thead><tbody>${points.map((one) => html`<tr key=${one.from}><td>${day(one.from)}</td>${LINES.map(([name]) => html`<td class="number" key=${name}><${Deals} href=${one.hrefs[name]} of=${one[name]} /></td>`)}</tr>`)}</tbody></table></div></details></${Card}>`;
}
