// Every event in and out, with both times and what it changed.
import { html, useState } from "../../vendor/ui.js";
import { getAll } from "../api.js";
import { when } from "../format.js";
import { eventNamed, named, t } from "../words.js";
import { Badge, Card, Choice, Icon, Loaded, useLoaded } from "../parts/parts.js";

const OPEN = (data) => JSON.stringify(data, null, 2);

function Effect({ effect }) {
  if (!effect) return null;
  if (effect.stage_to) return html`<${Badge} tone="blue">${effect.stage_from ? named("stages", effect.stage_from) + " → " : ""}${named("stages", effect.stage_to)}</${Badge}>`;
  return html`<${Badge}>${named("effects", effect.kind)}</${Badge}>`;
}

export function Timeline({ id, at }) {
  const [which, choose] = useState("in");
  const loaded = useLoaded((signal) => getAll(`/v1/deals/${encodeURIComponent(id)}/timeline`, {}, { signal }), [id, at]);
  return html`<${Card} title=${t("room.timeline")} aside=${html`<${Choice} label=${t("room.direction")} options=${[["in", t("room.in")], ["out", t("room.out")], ["all", t("say.all")]]} chosen=${which} choose=${choose} />`}>
    <${Loaded} of=${loaded}>${(items) => html`<ol class="timeline">${items.filter((one) => which === "all" || one.direction === which).map((one) => html`<li key=${one.direction + one.source + one.id} class=${one.direction}>
      <div class="row-line spread"><span><${Icon} name=${one.direction === "in" ? "download" : "send"} size=${16} label=${t(`room.${one.direction}`)} /> <b title=${one.type}>${eventNamed(one.type)}</b> <${Effect} effect=${one.effect} /></span><time dateTime=${one.time} class="text-secondary nowrap">${when(one.time)}</time></div>
      <small class="sub">${named("systems", one.source)} · ${one.type} · <code>${one.id}</code>${one.received_at && html` · ${t("room.received")} ${when(one.received_at)}`}</small>
      <details><summary>${t("room.data")}</summary><pre>${OPEN(one.data)}</pre></details></li>`)}</ol>`}</${Loaded}></${Card}>`;
}
