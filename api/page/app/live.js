// The canonical events as they happen; whoever shows something asks to hear of them.
import { events } from "./api.js";
import { online } from "./state.js";

const ears = new Set();
let last = null;

// Hear of every canonical event; at most once in `pause` ms, with all that came since. Returns how to stop.
export function hear(tell, pause = 250) {
  let gathered = [], timer = null;
  const ear = (event) => {
    gathered.push(event);
    timer ??= setTimeout(() => { timer = null; tell(gathered.splice(0)); }, pause);
  };
  ears.add(ear);
  return () => { ears.delete(ear); clearTimeout(timer); };
}

// Listen for ever; after a break, from where it broke.
export async function listen() {
  for (let wait = 500; ; wait = Math.min(wait * 2, 10000)) {
    try {
      const headers = last ? { "Last-Event-ID": last } : {};
      const opened = () => { online.value = "live"; wait = 500; };
      for await (const { id, event, data } of events("/v1/stream", { headers, opened })) {
        last = id ?? last;
        const body = JSON.parse(data);
        for (const ear of ears) ear({ type: event, ...body });
      }
    } catch (problem) {
      if (problem.status === 401 || problem.status === 403) { online.value = "offline"; return; }
    }
    online.value = "offline";
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
