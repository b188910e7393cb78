// The service, as everybody else sees it. Every refusal is a problem document and becomes a Problem.
import { token, online } from "./state.js";

export class Problem extends Error {
  constructor(body, status) {
    super(body.detail || body.title || String(status));
    this.status = status;
    this.body = body;
  }
}

function headers(more) {
  return token.value ? { ...more, Authorization: `Bearer ${token.value}` } : { ...more };
}

async function answered(path, options) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: headers(options.headers) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    online.value = "offline";
    throw new Problem({ title: "offline" }, 0);
  }
  if (response.ok) return response;
  const type = response.headers.get("content-type") || "";
  throw new Problem(type.includes("json") ? await response.json() : { title: response.statusText }, response.status);
}

const search = (params) => {
  const pairs = Object.entries(params || {}).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return pairs.length ? "?" + new URLSearchParams(pairs) : "";
};

export const get = async (path, params, options = {}) => (await answered(path + search(params), options)).json();

// Every item of a list, page after page.
export async function getAll(path, params, options) {
  const items = [];
  for (let cursor = null; ;) {
    const page = await get(path, { limit: 200, ...params, cursor }, options);
    items.push(...page.items);
    if (!(cursor = page.next_cursor)) return items;
  }
}

export async function send(method, path, body, options = {}) {
  const json = body !== undefined && !(body instanceof FormData);
  const response = await answered(path, {
    method,
    body: json ? JSON.stringify(body) : body,
    headers: json ? { "Content-Type": "application/json" } : {},
    ...options,
  });
  return response.status === 204 ? null : response.json();
}

export const post = (path, body, options) => send("POST", path, body, options);

// A file of the service, saved under a name, or under the one the service gives it; `body` where the file is made from what is sent.
export async function download(path, name, { accept, body } = {}) {
  const headers = { ...(accept && { Accept: accept }), ...(body && { "Content-Type": "application/json" }) };
  const response = await answered(path, { headers, ...(body && { method: "POST", body: JSON.stringify(body) }) });
  const [, coded, plain] = /filename\*=UTF-8''([^;]+)|filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "") ?? [];
  const url = URL.createObjectURL(await response.blob());
  const link = Object.assign(document.createElement("a"), { href: url, download: name ?? (coded ? decodeURIComponent(coded) : plain) ?? "" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

// Server-sent events over fetch, for an EventSource cannot carry a token. Yields {id, event, data}.
export async function* events(path, { opened, ...options } = {}) {
  const response = await answered(path, { ...options, headers: { Accept: "text/event-stream", ...options.headers } });
  opened?.();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      waiting = (waiting + value).replace(/\r\n?/g, "\n");
      for (let end; (end = waiting.indexOf("\n\n")) >= 0; waiting = waiting.slice(end + 2)) {
        const message = { id: null, event: "message", data: "" };
        for (const line of waiting.slice(0, end).split("\n")) {
          const [, field, text] = line.match(/^(id|event|data): ?(.*)$/) || [];
          if (field === "data") message.data += (message.data && "\n") + text;
          else if (field) message[field] = text;
        }
        if (message.data) yield message;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
