// Before anything is drawn: the theme and the language that were chosen, so that nothing flashes.
"use strict";
(function () {
  const root = document.documentElement;
  const theme = localStorage.getItem("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  root.setAttribute("data-bs-theme", theme);
  root.lang = new URLSearchParams(location.search).get("lang") || localStorage.getItem("lang") || "ru";
})();
