// Product categories by name: asked of the service once, where a category is first shown.
import { signal } from "../../vendor/ui.js";
import { get } from "../api.js";
import { lang } from "../state.js";

const known = signal(null);
let asked = false;

function ask() {
  asked = true;
  get("/v1/categories").then(({ items }) => { known.value = Object.fromEntries(items.map((one) => [one.code, one])); }, () => { asked = false; });
}

// The name in the language of the page; the code while no name is known.
export function categoryNamed(code) {
  if (!asked) ask();
  return known.value?.[code]?.[lang.value] ?? code;
}
