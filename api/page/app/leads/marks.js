// How a qualification looks: a letter is met, unmet or unknown, and unknown is never no.
import { html } from "../../vendor/ui.js";
import { named } from "../words.js";
import { Badge } from "../parts/parts.js";

export const TONE = { met: "green", unmet: "red", unknown: "secondary" };

export const Letters = ({ letters }) => (letters ? html`<span class="letters">${Object.entries(letters).map(([name, state]) => html`<${Badge} key=${name} tone=${TONE[state]} title=${`${named("letters", name)}: ${named("letter_marks", state)}`}>${name[0].toUpperCase()}<span class="hidden">: ${named("letter_marks", state)}</span></${Badge}>`)}</span>` : "—");

export const Verdict = ({ of }) => (of ? html`<${Badge} tone=${{ qualified: "green", not_qualified: "red", undecided: "yellow" }[of]}>${named("verdicts", of)}</${Badge}>` : "—");
