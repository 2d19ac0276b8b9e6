// Cards dragged onto roles. Every role stays a select, which is the way by keyboard and by screen reader.

export function board(root: HTMLElement): void {
  for (const part of root.querySelectorAll<HTMLElement>("[data-with-scripts]")) part.hidden = false;
  for (const chip of root.querySelectorAll<HTMLElement>("[data-chip]")) {
    chip.addEventListener("dragstart", (event) => {
      event.dataTransfer?.setData("text/plain", chip.dataset["chip"] ?? "");
      chip.classList.add("carried");
    });
    chip.addEventListener("dragend", () => chip.classList.remove("carried"));
  }
  for (const role of root.querySelectorAll<HTMLElement>("[data-role]")) {
    const select = role.querySelector("select");
    if (!select) continue;
    role.addEventListener("dragover", (event) => {
      event.preventDefault();
      role.classList.add("over");
    });
    role.addEventListener("dragleave", () => role.classList.remove("over"));
    role.addEventListener("drop", (event) => {
      event.preventDefault();
      role.classList.remove("over");
      const card = event.dataTransfer?.getData("text/plain") ?? "";
      if (![...select.options].some((option) => option.value === card)) return;
      select.value = card;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}
