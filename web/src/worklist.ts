// j and k move, Enter opens, a s g r act: on a worklist, and on the decision bar of a case.

import { actOf, nextRow } from "./lib/keys";
import { say, type Lang } from "./lib/words";

const OFF = "keys-off";

function inField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, select, textarea"));
}

export function worklist(lang: Lang): void {
  const list = document.querySelector<HTMLElement>("[data-worklist]");
  const bar = document.querySelector<HTMLElement>("[data-decide]");
  const home = list ?? bar;
  if (!home || (list && !list.querySelector("tr[data-row]"))) return;
  let on = localStorage.getItem(OFF) === null;
  let at = -1;

  // WCAG 2.1.4: keys of one letter can be turned off.
  const help = document.createElement("p");
  help.className = "keys-help";
  const words = document.createElement("span");
  const toggle = document.createElement("button");
  toggle.type = "button";
  toggle.className = "plain";
  const show = () => {
    words.textContent = on ? `${say(lang, list ? "keysOn" : "keysBar")} ` : "";
    toggle.textContent = say(lang, on ? "keysOff" : "keysStart");
  };
  toggle.addEventListener("click", () => {
    on = !on;
    if (on) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
    show();
  });
  show();
  help.append(words, toggle);
  home.before(help);

  const rows = () => [...(list?.querySelectorAll<HTMLElement>("tr[data-row]") ?? [])].filter((row) => !row.hidden);
  document.addEventListener("keydown", (event) => {
    if (!on || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const act = actOf(event, inField(event.target), event.isComposing);
    if (!act) return;
    const all = rows();
    if (act.kind === "move" && list) {
      all[at]?.classList.remove("here");
      at = nextRow(at, act.by, all.length);
      const row = all[at];
      row?.classList.add("here");
      row?.querySelector<HTMLElement>("a[data-open]")?.focus();
      row?.scrollIntoView({ block: "nearest" });
      event.preventDefault();
    } else if (act.kind === "open" && event.target === document.body) {
      all[at]?.querySelector<HTMLElement>("a[data-open]")?.click();
    } else if (act.kind === "press") {
      const place = list ? all[at] : bar;
      place?.querySelector<HTMLElement>(`[data-key="${act.key}"]`)?.click();
    }
  });
}
