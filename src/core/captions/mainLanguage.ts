/** Where fewer of the known languages than this are the same, a dataset has several and none is the wrong one. */
const leastShare = 0.5;

/** The language that most captions of a dataset are in, given each one's code (undefined is unknown); undefined where there is no such. */
export function findMainLanguage(languages: Iterable<string | undefined>): string | undefined {
  const counts = new Map<string, number>();
  let known = 0;
  for (const language of languages) {
    if (language === undefined) continue;
    counts.set(language, (counts.get(language) ?? 0) + 1);
    known += 1;
  }
  const [first] = [...counts].sort(([one, many], [other, more]) => more - many || (one < other ? -1 : 1));
  return first !== undefined && first[1] > leastShare * known ? first[0] : undefined;
}

const names = new Intl.DisplayNames("en", { type: "language" });

/** The English name of a language's code: "German" of "de". */
export function nameOfLanguage(code: string): string {
  return names.of(code) ?? code;
}
