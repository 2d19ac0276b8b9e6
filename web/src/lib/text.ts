// Text as people search it: width and case do not matter, order of words does not matter.

/** Folds full width to half width and capitals to small letters. */
export function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** Whether every word of the query occurs in the text. */
export function matches(query: string, text: string): boolean {
  const folded = fold(text);
  return fold(query).split(/\s+/).every((word) => folded.includes(word));
}

/** The choices that match, those that begin with the query first; never more than `most`. */
export function narrow<T extends { code: string; label: string }>(query: string, choices: readonly T[], most: number): T[] {
  const start = fold(query).trim();
  const hits = choices.filter((choice) => matches(query, `${choice.code} ${choice.label}`));
  const first = (choice: T) => fold(choice.code).startsWith(start) || fold(choice.label).startsWith(start);
  return [...hits.filter(first), ...hits.filter((choice) => !first(choice))].slice(0, most);
}
