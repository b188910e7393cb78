// Which page stands at which address, and what the navigation shows. One row a page.
export const PAGES = [
  { at: /^\/$/, file: "dashboard" },
  { at: /^\/deals\/?$/, file: "deals" },
  { at: /^\/deals\/(?<id>[^/]+)$/, file: "deal" },
  { at: /^\/leads\/?$/, file: "leads" },
  { at: /^\/leads\/import$/, file: "leads_import" },
  { at: /^\/leads\/(?<id>[^/]+)$/, file: "lead" },
  { at: /^\/planning\/?$/, file: "planning" },
  { at: /^\/offers(?:\/(?<id>[^/]+))?\/?$/, file: "offers" },
  { at: /^\/legal\/?$/, file: "legal" },
  { at: /^\/approvals\/?$/, file: "approvals" },
  { at: /^\/escalations\/?$/, file: "escalations" },
  { at: /^\/knowledge\/?$/, file: "knowledge" },
  { at: /^\/settings\/?$/, file: "settings" },
  { at: /^\/system\/?$/, file: "system" },
];

export const SECTIONS = [
  { to: "/", icon: "layout-dashboard", name: "dashboard", belongs: /^\/$/ },
  { to: "/deals", icon: "briefcase", name: "deals", belongs: /^\/deals/ },
  { to: "/leads", icon: "users", name: "leads", belongs: /^\/leads/ },
  { to: "/planning", icon: "file-text", name: "planning", belongs: /^\/planning/ },
  { to: "/offers", icon: "file-dollar", name: "offers", belongs: /^\/offers/ },
  { to: "/legal", icon: "scale", name: "legal", belongs: /^\/legal/ },
  { to: "/approvals", icon: "checkbox", name: "approvals", belongs: /^\/approvals/ },
  { to: "/escalations", icon: "alarm", name: "escalations", belongs: /^\/escalations/ },
  { to: "/knowledge", icon: "books", name: "knowledge", belongs: /^\/knowledge/ },
  { to: "/system", icon: "heartbeat", name: "system", belongs: /^\/system/ },
  { to: "/settings", icon: "settings", name: "settings", belongs: /^\/settings/ },
];
