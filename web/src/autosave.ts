// Saves a form while one types; what could not be saved stays in the tab and comes back.

import { answers, backoffMs, changes, commandId, isDue, readKept, same, type Change, type Pair } from "./lib/draft";
import { say, type Lang } from "./lib/words";

const QUIET_MS = 1200;

function pairsOf(form: HTMLFormElement): Pair[] {
  const pairs: Pair[] = [];
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") pairs.push([name, value]);
  }
  return pairs;
}

/** The body of a save: what the page holds, under a new id. */
function bodyOf(pairs: readonly Pair[]): URLSearchParams {
  const body = new URLSearchParams();
  for (const [name, value] of pairs) {
    if (name !== "_action" && name !== "_command_id") body.append(name, value);
  }
  body.append("_command_id", commandId(crypto.getRandomValues(new Uint8Array(16))));
  body.append("_action", "autosave");
  return body;
}

function restore(form: HTMLFormElement, kept: readonly Change[]): void {
  const values = new Map(kept);
  const taken = new Map<string, number>();
  for (const field of form.elements) {
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement)) continue;
    const now = values.get(field.name);
    if (!now || (field instanceof HTMLInputElement && field.type === "file")) continue;
    if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio")) {
      field.checked = now.includes(field.value);
      continue;
    }
    const at = taken.get(field.name) ?? 0;
    taken.set(field.name, at + 1);
    field.value = now[at] ?? field.value;
  }
}

export function autosave(form: HTMLFormElement, url: string, lang: Lang): void {
  const status = form.querySelector<HTMLElement>("[data-saved]");
  const version = form.querySelector<HTMLInputElement>('input[name="_expected_version"]');
  const key = `draft:${location.pathname}`;
  let saved = answers(pairsOf(form));
  let timer: number | undefined;
  let failures = 0;
  let busy = false;
  let halted = false;
  let waiting: { by: HTMLElement | null } | undefined;

  const tell = (text: string, trouble: boolean) => {
    if (!status) return;
    status.textContent = text;
    status.classList.toggle("trouble", trouble);
  };
  const keep = (pairs: Pair[], posted: boolean) => {
    try {
      const kept = { path: location.pathname, version: version?.value ?? "", posted, changes: changes(saved, pairs) };
      sessionStorage.setItem(key, JSON.stringify(kept));
    } catch {
      // A full or forbidden store leaves the page as it is: the form still posts.
    }
  };
  const later = (ms: number) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void save(), ms);
  };
  const trouble = (text: string) => {
    halted = true;
    tell(text, true);
  };

  // What was sent and not answered: it goes out again as it was, under its id, before anything newer does. So a save whose
  // answer got lost is not done twice and is not taken for somebody else's.
  let pending: { body: URLSearchParams; now: Pair[] } | undefined;

  async function save(): Promise<void> {
    const all = pairsOf(form);
    if (busy || halted || (!pending && same(answers(all), saved))) return;
    busy = true;
    keep(answers(all), false);
    tell(say(lang, "saving"), false);
    pending ??= { body: bodyOf(all), now: answers(all) };
    const { body, now } = pending;
    try {
      const answer = await fetch(url, { method: "POST", body, headers: { accept: "application/json" }, redirect: "error" });
      const told: unknown = await answer.json().catch(() => ({}));
      const { version: next, title } = told as { version?: number; title?: string };
      if (answer.status < 500 && answer.status !== 429) pending = undefined;
      if (answer.ok) {
        failures = 0;
        saved = now;
        if (version && next !== undefined) version.value = String(next);
        sessionStorage.removeItem(key);
        tell(say(lang, "saved", new Date().toLocaleTimeString(lang === "zh" ? "zh-CN" : "en-GB", { hour: "2-digit", minute: "2-digit" })), false);
      } else if (answer.status === 401) {
        trouble(say(lang, "signedOut"));
      } else if (answer.status === 409) {
        trouble(say(lang, "stale"));
      } else if (answer.status >= 500 || answer.status === 429) {
        failures += 1;
        tell(say(lang, "offline"), true);
        later(backoffMs(failures));
      } else {
        failures = 0;
        saved = now; // The server said no to these very words: sending them again would not help.
        tell(say(lang, "refused", title ?? String(answer.status)), true);
      }
    } catch {
      failures += 1;
      tell(say(lang, "offline"), true);
      later(backoffMs(failures));
    } finally {
      busy = false;
    }
    if (waiting) {
      const { by } = waiting;
      waiting = undefined;
      form.requestSubmit(by);
      return;
    }
    if (!halted && failures === 0 && !same(answers(pairsOf(form)), saved)) later(QUIET_MS);
  }

  const kept = readKept(sessionStorage.getItem(key), location.pathname);
  if (kept && isDue(kept, version?.value ?? "")) {
    restore(form, kept.changes);
    form.dispatchEvent(new CustomEvent("restored", { bubbles: true }));
    tell(say(lang, "restored"), false);
    later(QUIET_MS);
  } else {
    sessionStorage.removeItem(key);
  }
  form.addEventListener("input", () => later(QUIET_MS));
  form.addEventListener("change", () => later(QUIET_MS));
  form.addEventListener("submit", (event) => {
    window.clearTimeout(timer);
    halted = true;
    if (busy) {
      // A save is under way: posting beside it would name the version before it, and be refused as stale.
      event.preventDefault();
      waiting = { by: event.submitter };
      return;
    }
    // Kept until an answer comes: a session that ended, or a version gone stale, must not lose a word.
    keep(answers(pairsOf(form)), true);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && !halted) {
      keep(answers(pairsOf(form)), false);
      void save();
    }
  });
}
