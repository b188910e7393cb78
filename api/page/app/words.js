// Texts by key, in the chosen language; numbers choose their form.
import { lang } from "./state.js";
import ru from "./words/ru.js";
import en from "./words/en.js";

const books = { ru, en };
const locales = { ru: "ru-RU", en: "en-GB" };
const rules = { ru: new Intl.PluralRules("ru"), en: new Intl.PluralRules("en") };

export const locale = () => locales[lang.value];

const found = (key) => key.split(".").reduce((book, part) => book?.[part], books[lang.value]);

// t("deals.count", {n: 3}): {names} are filled in; where there are forms {one, few, many, other}, `n` chooses.
export function t(key, values = {}) {
  let text = found(key);
  if (text && typeof text === "object") text = text[rules[lang.value].select(Number(values.n))] ?? text.other ?? text.many;
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? value.toLocaleString(locale()) : String(value);
  });
}

// A code of the service in words; the code itself where no words are known.
export const named = (group, code) => (code === null || code === undefined ? "—" : found(`${group}.${code}`) ?? String(code));

// A type of event in words; the type itself where there are none.
export const eventNamed = (type) => found(`events.${String(type).replaceAll(".", "_")}`) ?? String(type);

// What a problem of a kind that has words of its own says to the reader: {title, detail}; undefined for the others.
export const said = (problem) => found(`problems.${String(problem?.body?.type ?? "").split(":").pop()}`);
