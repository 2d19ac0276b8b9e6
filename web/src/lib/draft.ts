// The pure part of autosave: what is sent, when it is tried again, what is brought back.

export type Pair = readonly [string, string];
export type Change = readonly [name: string, values: string[]];
export type Kept = { path: string; version: string; posted: boolean; changes: Change[] };

/** The stamp of the page and its actions begin with `_`; what people typed does not. */
export function answers(pairs: readonly Pair[]): Pair[] {
  return pairs.filter(([name]) => !name.startsWith("_"));
}

/** Whether two states of a form say the same. */
export function same(a: readonly Pair[], b: readonly Pair[]): boolean {
  return a.length === b.length && a.every(([name, value], i) => b[i]?.[0] === name && b[i]?.[1] === value);
}

/** The id of a command as the server reads it: 32 hexadecimal digits. */
export function commandId(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** How long to wait before the n-th repetition: 2 s doubled each time, a minute at most. */
export function backoffMs(failures: number): number {
  return Math.min(2000 * 2 ** Math.max(failures - 1, 0), 60_000);
}

/** Values by name, in order, of what was kept. */
export function byName(pairs: readonly Pair[]): Map<string, string[]> {
  const map = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const values = map.get(name);
    if (values) values.push(value);
    else map.set(name, [value]);
  }
  return map;
}

/** The names whose values differ, with their new values: what a tab keeps, so that it never undoes what others changed. */
export function changes(before: readonly Pair[], after: readonly Pair[]): Change[] {
  const [old, now] = [byName(before), byName(after)];
  const names = new Set([...old.keys(), ...now.keys()]);
  return [...names]
    .map((name): Change => [name, now.get(name) ?? []])
    .filter(([name, values]) => JSON.stringify(old.get(name) ?? []) !== JSON.stringify(values));
}

/** Whether kept changes are to be brought back: not where they were posted and the version has risen since. */
export function isDue(kept: Kept, version: string): boolean {
  return kept.changes.length > 0 && !(kept.posted && kept.version !== version);
}

/** What was kept for a page, if the text is whole and of this page. */
export function readKept(text: string | null, path: string): Kept | undefined {
  if (text === null) return undefined;
  try {
    const kept: unknown = JSON.parse(text);
    if (typeof kept !== "object" || kept === null) return undefined;
    const { path: at, version, posted, changes } = kept as Partial<Kept>;
    if (at !== path || typeof version !== "string" || typeof posted !== "boolean" || !Array.isArray(changes)) return undefined;
    return changes.every(isChange) ? { path, version, posted, changes } : undefined;
  } catch {
    return undefined;
  }
}

function isChange(change: unknown): boolean {
  if (!Array.isArray(change) || change.length !== 2) return false;
  const [name, values] = change as unknown[];
  return typeof name === "string" && Array.isArray(values) && values.every((value) => typeof value === "string");
}
