// Saved views: the filters of the address under a name, kept by the service for whoever named them.
import { html, useEffect, useState } from "../../vendor/ui.js";
import { get, post, send } from "../api.js";
import { go, query, toast } from "../state.js";
import { t } from "../words.js";
import { Icon, Link } from "../parts/parts.js";
import { Menu } from "../parts/menu.js";

const NOT_SAVED = ["saved", "lang"];

// The filters of an address in one order, so that two can be compared.
const plain = (search) => new URLSearchParams([...new URLSearchParams(search)].filter(([name, value]) => value && !NOT_SAVED.includes(name)).sort()).toString();

export function Saved({ page, path }) {
  const [views, setViews] = useState([]);
  const load = () => get("/v1/views").then(({ items }) => setViews(items.filter((one) => one.page === page)), () => { /* without them the page is whole */ });
  useEffect(() => { load(); }, [page]);
  const now = plain(query.value), chosen = views.find((one) => one.view_id === query.value.get("saved"));
  const changed = chosen && plain(chosen.query) !== now;
  const address = (one) => `${path}?${one.query}${one.query ? "&" : ""}saved=${one.view_id}`;
  const save = async (name) => {
    try {
      const kept = await post("/v1/views", { page, name, query: now });
      await load();
      go(address(kept), { replace: true });
      toast(t("views.kept", { name }));
      return true;
    } catch (problem) { toast(problem.message, "danger"); return false; }
  };
  const forget = async (one) => {
    try { await send("DELETE", `/v1/views/${one.view_id}`); await load(); } catch (problem) { toast(problem.message, "danger"); }
  };
  return html`<${Menu} align="end" chosen=${Boolean(chosen)} label=${html`<${Icon} name="star" size=${16} /> ${chosen ? `${chosen.name}${changed ? " *" : ""}` : t("views.title")}`} title=${changed ? t("views.changed") : t("views.title")}>${(shut) => html`
    ${views.length ? html`<ul class="menu-list">${views.map((one) => html`<li key=${one.view_id}><${Link} to=${address(one)} class=${one === chosen ? "active" : ""} aria-current=${one === chosen ? "true" : null} onClick=${shut}>${one.name}</${Link}><button class="btn btn-ghost btn-icon" type="button" aria-label=${t("views.forget", { name: one.name })} onClick=${() => forget(one)}><${Icon} name="trash" size=${16} /></button></li>`)}</ul>` : html`<p class="text-secondary mb-2">${t("views.none")}</p>`}
    <form class="menu-form" onSubmit=${async (event) => { event.preventDefault(); const name = event.target.name.value.trim(); if (name && await save(name)) shut(); }}>
      <label>${t("views.name")} <input class="form-control form-control-sm" name="name" required maxlength="80" value=${chosen?.name || ""} key=${chosen?.view_id} /></label>
      <button class="btn btn-sm btn-primary" type="submit"><${Icon} name="device-floppy" size=${16} /> ${t("say.save")}</button></form>`}</${Menu}>`;
}
