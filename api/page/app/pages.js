// Which page stands at which address, and what the navigation shows. One row a page.
export const PAGES = [
  { at: /^\/$/, file: "dashboard" },
  { at: /^\/deals\/?$/, file: "deals" },
  { at: /^\/deals\/(?<id>[^/]+)$/, file: "deal" },
];

export const SECTIONS = [
  { to: "/", icon: "layout-dashboard", name: "dashboard", belongs: /^\/$/ },
  { to: "/deals", icon: "briefcase", name: "deals", belongs: /^\/deals/ },
];
