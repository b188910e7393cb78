// A part of the page that is fetched when first shown. What the service could not give is asked for again until it comes.
import { useEffect, useState } from "../../vendor/ui.js";

const PAUSE = 1500; // ms
const known = new Map();

// {module, away}: `module` is null until it is here, `away` says that the last attempt failed. Without a name nothing is fetched.
export function useModule(name, bring) {
  const [failed, setFailed] = useState(null);
  const [, redraw] = useState(0);
  useEffect(() => {
    if (!name || known.has(name)) return;
    let later, gone = false;
    const attempt = () => bring().then(
      (module) => { known.set(name, module); if (!gone) redraw((n) => n + 1); },
      () => { if (!gone) { setFailed(name); later = setTimeout(attempt, PAUSE); } },
    );
    attempt();
    return () => { gone = true; clearTimeout(later); };
  }, [name]);
  const module = known.get(name) ?? null;
  return { module, away: !module && failed === name };
}
