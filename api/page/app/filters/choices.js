// What the deals can be narrowed to, each choice with the number of deals it would leave; live.
import { useEffect } from "../../vendor/ui.js";
import { get } from "../api.js";
import { hear } from "../live.js";
import { useLoaded } from "../parts/parts.js";

export function useChoices(params) {
  const key = JSON.stringify(params);
  const loaded = useLoaded((signal) => get("/v1/dashboard/choices", params, { signal }).then((found) => ({ ...found, of: new URLSearchParams(params).toString() })), [key]);
  useEffect(() => hear(() => loaded.again(), 1000), [key]);
  return loaded;
}
