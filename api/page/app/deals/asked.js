// Which deals the address asks for, and the pages of them in the chosen order.
import { useEffect } from "../../vendor/ui.js";
import { get } from "../api.js";
import { hear } from "../live.js";
import { query } from "../state.js";
import { usePages } from "../parts/windowed.js";

const NOT_FILTERS = ["view", "lang", "limit", "cursor", "sort", "start", "saved"];
export const SORTS = ["due", "-age", "-budget", "-created", "title", "client"];

export const asked = () => Object.fromEntries([...query.value].filter(([name, value]) => value && !NOT_FILTERS.includes(name)));
export const sort = () => query.value.get("sort") || "due";

export function useDeals(extra = {}) {
  const params = { ...asked(), ...extra, sort: sort() }, key = JSON.stringify(params);
  const pages = usePages(async (start, limit, signal) => (await get("/v1/deals", { ...params, start, limit }, { signal })).items, key);
  useEffect(() => hear(() => pages.refresh(), 1000), [key]);
  return pages;
}
