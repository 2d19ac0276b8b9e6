// Small helps: copy a code, narrow a list, ask before an act, choose the appearance, print, focus the errors.

import { matches } from "./lib/text";
import { say, type Lang } from "./lib/words";

export function copyButtons(lang: Lang): void {
  if (!navigator.clipboard) return;
  for (const code of document.querySelectorAll<HTMLElement>("main code[data-copy]")) {
    if (code.closest("a, button, summary, td")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    const name = () => button.setAttribute("aria-label", `${button.textContent ?? ""} ${code.dataset["copy"] ?? ""}`);
    button.textContent = say(lang, "copy");
    name();
    button.addEventListener("click", () => {
      void navigator.clipboard.writeText(code.dataset["copy"] ?? "").then(() => {
        button.textContent = say(lang, "copied");
        name();
      });
    });
    code.after(button);
  }
}

export function liveFilter(list: HTMLElement, lang: Lang): void {
  const rows = [...list.querySelectorAll<HTMLElement>("tbody tr")];
  if (rows.length < 6) return;
  const label = document.createElement("label");
  label.className = "live";
  const input = document.createElement("input");
  input.type = "search";
  label.append(say(lang, "filter"), input);
  const shown = list.querySelector<HTMLElement>("[data-shown]");
  shown?.setAttribute("role", "status");
  input.addEventListener("input", () => {
    let n = 0;
    for (const row of rows) {
      row.hidden = !matches(input.value, row.textContent ?? "");
      if (!row.hidden) n += 1;
    }
    if (shown) shown.textContent = say(lang, "shown", n, rows.length);
  });
  list.querySelector(".scroll")?.before(label);
}

/** Asks in a dialog before a button with `data-confirm` posts. */
export function confirmations(lang: Lang): void {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("button[data-confirm]") : null;
    const form = button?.form;
    if (!button || !form || button.dataset["sure"] !== undefined) return;
    event.preventDefault();
    const dialog = document.createElement("dialog");
    const text = document.createElement("p");
    text.id = "confirm-text";
    text.textContent = button.dataset["confirm"] ?? "";
    dialog.setAttribute("aria-labelledby", text.id);
    const acts = document.createElement("div");
    acts.className = "acts";
    const yes = document.createElement("button");
    yes.type = "button";
    yes.className = button.className;
    yes.textContent = say(lang, "yes");
    const no = document.createElement("button");
    no.type = "button";
    no.className = "button second";
    no.textContent = say(lang, "no");
    yes.addEventListener("click", () => {
      button.dataset["sure"] = "";
      dialog.close();
      form.requestSubmit(button);
      delete button.dataset["sure"];
    });
    no.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    acts.append(yes, no);
    dialog.append(text, acts);
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  });
}

const THEMES = ["system", "light", "dark"] as const;

/** A button in the foot of the page that chooses the appearance; a cookie keeps it, so that the server sends it. */
export function theme(lang: Lang): void {
  const foot = document.querySelector(".foot .bar");
  if (!foot) return;
  const root = document.documentElement;
  const current = () => (root.dataset["theme"] === "light" ? 1 : root.dataset["theme"] === "dark" ? 2 : 0);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  const show = () => {
    button.textContent = say(lang, "theme", say(lang, THEMES[current()] ?? "system"));
  };
  button.addEventListener("click", () => {
    const next = THEMES[(current() + 1) % THEMES.length] ?? "system";
    if (next === "system") delete root.dataset["theme"];
    else root.dataset["theme"] = next;
    document.cookie = `theme=${next}; Path=/; Max-Age=${next === "system" ? 0 : 31536000}; SameSite=Lax`;
    show();
  });
  show();
  foot.append(button);
}

export function printing(): void {
  for (const button of document.querySelectorAll<HTMLElement>("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  // What is folded on the screen is open on paper.
  let opened: HTMLDetailsElement[] = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll<HTMLDetailsElement>("main details:not(.why):not([open])")];
    for (const part of opened) part.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const part of opened) part.open = false;
  });
}

/** A second click while the page that follows is on its way sends nothing; what answers with a file leaves the form usable. */
export function sendOnce(): void {
  const AGAIN_MS = 4000;
  const sent = new WeakSet<HTMLFormElement>();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !(form instanceof HTMLFormElement) || form.method !== "post") return;
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    sent.add(form);
    window.setTimeout(() => sent.delete(form), AGAIN_MS);
  });
}

export function focusErrors(): void {
  document.querySelector<HTMLElement>("[data-focus]")?.focus();
}
