// A button that opens a small panel below it; a click elsewhere or Escape closes it.
import { html, useEffect, useRef } from "../../vendor/ui.js";

export function Menu({ label, title, chosen, align = "start", children }) {
  const box = useRef();
  const shut = () => { if (box.current) box.current.open = false; };
  useEffect(() => {
    const press = (event) => { if (event.key === "Escape" && box.current?.open) { shut(); box.current.querySelector("summary").focus(); } };
    const click = (event) => { if (!box.current?.contains(event.target)) shut(); };
    addEventListener("keydown", press);
    addEventListener("click", click);
    return () => { removeEventListener("keydown", press); removeEventListener("click", click); };
  }, []);
  return html`<details class="menu ${chosen ? "chosen" : ""}" ref=${box}><summary class="btn btn-sm" title=${title}>${label}</summary><div class="menu-panel ${align}">${children(shut)}</div></details>`;
}
