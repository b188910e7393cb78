import * as echarts from "echarts/core";
import { BarChart, LineChart, ScatterChart, HeatmapChart, FunnelChart } from "echarts/charts";
import { GridComponent, TooltipComponent, LegendComponent, MarkLineComponent, DataZoomComponent, VisualMapComponent, AriaComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";
echarts.use([BarChart, LineChart, ScatterChart, HeatmapChart, FunnelChart, GridComponent, TooltipComponent, LegendComponent, MarkLineComponent, DataZoomComponent, VisualMapComponent, AriaComponent, CanvasRenderer]);
export { echarts };
