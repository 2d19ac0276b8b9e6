// Which act a key means on a worklist, and where the mark moves.

export type Press = { key: string; ctrlKey: boolean; metaKey: boolean; altKey: boolean };
export type Act = { kind: "move"; by: 1 | -1 } | { kind: "open" } | { kind: "press"; key: string };

const ACTS = ["a", "s", "g", "r"];

/** The act of a key; none with a modifier, in a field, or while an input method composes. */
export function actOf(press: Press, inField: boolean, composing: boolean): Act | undefined {
  if (inField || composing || press.ctrlKey || press.metaKey || press.altKey) return undefined;
  if (press.key === "j") return { kind: "move", by: 1 };
  if (press.key === "k") return { kind: "move", by: -1 };
  if (press.key === "Enter") return { kind: "open" };
  return ACTS.includes(press.key) ? { kind: "press", key: press.key } : undefined;
}

/** The next row; from nowhere `j` takes the first and `k` the last; the ends hold. */
export function nextRow(at: number, by: 1 | -1, rows: number): number {
  if (rows === 0) return -1;
  if (at < 0) return by === 1 ? 0 : rows - 1;
  return Math.min(Math.max(at + by, 0), rows - 1);
}
