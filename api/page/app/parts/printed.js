// Long lists are fetched to their end before they are printed.
import { html, useEffect } from "../../vendor/ui.js";
import { printing } from "../state.js";
import { t } from "../words.js";
import { Icon } from "./parts.js";

const LOOK = 250;

export function PrintLists() {
  const busy = printing.value;
  useEffect(() => {
    if (!busy) return undefined;
    const look = setInterval(() => {
      if (document.querySelector("#content .placeholder, #content [aria-busy=true]")) return;
      clearInterval(look);
      print();
    }, LOOK);
    return () => clearInterval(look);
  }, [busy]);
  return html`<button class="btn btn-sm" type="button" disabled=${busy} onClick=${() => { printing.value = true; }}><${Icon} name="printer" size=${16} /> ${t(busy ? "say.loading" : "room.print")}</button>`;
}
