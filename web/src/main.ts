// Makes pages better where scripts run; every page works without.

import "./styles.css";

import { autosave } from "./autosave";
import { board } from "./board";
import { lookup, searchSelect } from "./combo";
import { langOf } from "./lib/words";
import { confirmations, copyButtons, focusErrors, liveFilter, printing, sendOnce, theme } from "./small";
import { worklist } from "./worklist";

const lang = langOf(document.documentElement.lang);
const each = <E extends HTMLElement>(selector: string, act: (element: E) => void) =>
  document.querySelectorAll<E>(selector).forEach(act);

each<HTMLElement>("[data-board]", board);
each<HTMLSelectElement>("select[data-search]", (select) => searchSelect(select, lang));
each<HTMLElement>("[data-lookup]", (root) => lookup(root, root.dataset["lookup"] ?? "", lang));
each<HTMLElement>("[data-live]", (list) => liveFilter(list, lang));
each<HTMLFormElement>("form[data-autosave]", (form) => autosave(form, form.dataset["autosave"] ?? "", lang));
copyButtons(lang);
confirmations(lang);
worklist(lang);
theme(lang);
printing();
focusErrors();
sendOnce();
