// Values as people read them. Nothing is rounded in silence: what is cut short carries the whole in its title.
import { locale, t } from "./words.js";

const ZONE = "Europe/Moscow";
const cached = new Map();
const maker = (kind, options) => {
  const key = locale() + kind.name + JSON.stringify(options);
  if (!cached.has(key)) cached.set(key, new kind(locale(), options));
  return cached.get(key);
};

export const number = (value, digits = 0) =>
  value === null || value === undefined ? "—" : maker(Intl.NumberFormat, { maximumFractionDigits: digits }).format(value);

export const percent = (share, digits = 0) =>
  share === null || share === undefined ? "—" : maker(Intl.NumberFormat, { style: "percent", maximumFractionDigits: digits }).format(share);

export const when = (time) =>
  time ? maker(Intl.DateTimeFormat, { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: ZONE }).format(new Date(time)) : "—";

export const day = (time) =>
  time ? maker(Intl.DateTimeFormat, { day: "2-digit", month: "2-digit", year: "numeric", timeZone: ZONE }).format(new Date(time)) : "—";

// Amounts come as decimal strings; a sum with kopecks keeps them.
export function money(value, { short = false, basis = !short } = {}) {
  if (!value) return "—";
  const amount = Number(value.amount);
  const options = short
    ? { style: "currency", currencyDisplay: "narrowSymbol", currency: value.currency || "RUB", notation: "compact", maximumFractionDigits: 1 }
    : { style: "currency", currencyDisplay: "narrowSymbol", currency: value.currency || "RUB", minimumFractionDigits: Number.isInteger(amount) ? 0 : 2, maximumFractionDigits: 2 };
  const text = maker(Intl.NumberFormat, options).format(amount);
  const tail = basis && value.vat && value.vat !== "none" ? " " + t(`money.${value.vat}`) : "";
  return text + tail;
}

// Seconds as days, hours, minutes: two units, for the third changes nothing.
export function span(seconds) {
  if (seconds === null || seconds === undefined) return "—";
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const days = Math.floor(minutes / 1440), hours = Math.floor(minutes / 60) % 24;
  if (days) return t("span.days", { d: days, h: hours });
  if (hours) return t("span.hours", { h: hours, m: minutes % 60 });
  return t("span.minutes", { m: minutes });
}

// Working seconds count eight-hour days.
export function working(seconds) {
  if (seconds === null || seconds === undefined) return "—";
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const days = Math.floor(minutes / 480), hours = Math.floor((minutes % 480) / 60);
  if (days) return t("span.working_days", { d: days, h: hours });
  return t("span.working_hours", { h: hours, m: minutes % 60 });
}

export const spent = (seconds, calendar) => (calendar === "elapsed" ? span(seconds) : working(seconds));
