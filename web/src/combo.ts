// A combobox (ARIA 1.2 pattern) over a select or over a search on the server.

import { narrow } from "./lib/text";
import { say, type Lang } from "./lib/words";

type Choice = { code: string; label: string };
type Source = (query: string) => Promise<Choice[]>;

const MOST = 12;
const QUIET_MS = 200;
let made = 0;

function combo(input: HTMLInputElement, lang: Lang, source: Source, choose: (choice: Choice) => void): HTMLElement {
  made += 1;
  const box = document.createElement("div");
  box.className = "combo";
  const list = document.createElement("ul");
  list.id = `combo-${made}`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  const status = document.createElement("span");
  status.className = "away";
  status.setAttribute("role", "status");
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);
  input.autocomplete = "off";
  let choices: Choice[] = [];
  let at = -1;
  let asked = 0;
  let timer: number | undefined;

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (to: number) => {
    at = to;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    const item = list.children[at];
    if (item) {
      input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    }
  };
  const take = (choice: Choice | undefined) => {
    if (!choice) return;
    close();
    choose(choice);
  };
  const show = () => {
    list.replaceChildren(
      ...choices.map((choice, i) => {
        const item = document.createElement("li");
        item.id = `${list.id}-${i}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.textContent = choice.label;
        item.addEventListener("mousedown", (event) => {
          event.preventDefault();
          take(choice);
        });
        return item;
      }),
    );
    list.hidden = choices.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    status.textContent = choices.length === 0 ? say(lang, "none") : say(lang, "found", choices.length);
  };
  const ask = async () => {
    const mine = (asked += 1);
    const found = await source(input.value).catch(() => []);
    if (mine !== asked) return;
    choices = found.slice(0, MOST);
    at = -1;
    show();
  };

  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), QUIET_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) void ask();
      else if (choices.length > 0) mark((at + (event.key === "ArrowDown" ? 1 : choices.length - (at < 0 ? 0 : 1))) % choices.length);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      take(choices[at]);
    } else if (event.key === "Escape") {
      close();
    }
  });
  input.addEventListener("blur", close);
  box.append(list, status);
  return box;
}

/** A long select becomes searchable; its value is still what is posted. */
export function searchSelect(select: HTMLSelectElement, lang: Lang): void {
  const all = [...select.options].filter((option) => option.value !== "").map((option) => ({ code: option.value, label: option.text }));
  if (all.length < 8) return;
  const input = document.createElement("input");
  input.type = "text";
  input.className = "line";
  const shown = () => select.selectedOptions[0]?.value ? (select.selectedOptions[0]?.text ?? "") : "";
  const show = () => {
    input.value = shown();
  };
  show();
  for (const name of ["aria-describedby", "aria-invalid"]) {
    const value = select.getAttribute(name);
    if (value !== null) input.setAttribute(name, value);
  }
  input.id = select.id;
  select.id = `${select.id}-all`;
  select.hidden = true;
  const box = combo(input, lang, (query) => Promise.resolve(narrow(query === shown() ? "" : query, all, MOST)), (choice) => {
    select.value = choice.code;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    show();
  });
  input.addEventListener("blur", () => {
    if (input.value === "" && select.value !== "") {
      select.value = "";
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
    show();
  });
  select.form?.addEventListener("restored", show);
  box.prepend(input);
  select.before(box);
}

/** A search on the server answers while one types; the button stays for those without scripts. */
export function lookup(root: HTMLElement, url: string, lang: Lang): void {
  const input = root.querySelector<HTMLInputElement>('input[type="search"]');
  const button = root.querySelector<HTMLButtonElement>("button");
  const name = input?.name.replace(/^_q:/, "");
  if (!input || !name) return;
  const source: Source = async (query) => {
    if (query.trim() === "") return [];
    const answer = await fetch(`${url}${url.includes("?") ? "&" : "?"}q=${encodeURIComponent(query)}`, { headers: { accept: "application/json" } });
    const found: unknown = answer.ok ? await answer.json() : [];
    return Array.isArray(found) ? (found as Choice[]).map((choice) => ({ code: choice.code, label: `${choice.code} ${choice.label}` })) : [];
  };
  const box = combo(input, lang, source, (choice) => {
    let chosen = root.querySelector<HTMLElement>(".chosen");
    let value = root.querySelector<HTMLInputElement>(`input[type="hidden"]`);
    if (!chosen || !value) {
      chosen = document.createElement("p");
      chosen.className = "chosen";
      value = document.createElement("input");
      value.type = "hidden";
      value.name = name;
      root.prepend(chosen, value);
    }
    root.querySelector(".found")?.remove();
    chosen.textContent = choice.label;
    value.value = choice.code;
    input.value = "";
    value.dispatchEvent(new Event("change", { bubbles: true }));
  });
  input.before(box);
  box.prepend(input);
  if (button) button.hidden = true;
}
