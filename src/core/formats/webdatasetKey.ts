/** A member's name as webdataset cuts it. */
export interface MemberName {
  /** Path up to the first dot of the base name: what the members of one sample share. */
  readonly key: string;
  /** All behind that dot, in lower case as webdataset looks it up. */
  readonly field: string;
}

/** The rule of webdataset and of Hugging Face's loader (`^((?:.*\/|)[^.]+)[.]([^/]*)$`). */
const memberPattern = /^((?:.*\/|)[^./]+)\.([^/]*)$/s;

/** Cuts a member's name into key and field; undefined for names that webdataset skips (no dot, a leading dot, a folder). */
export function splitMemberName(name: string): MemberName | undefined {
  const match = memberPattern.exec(name);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { key: match[1], field: match[2].toLowerCase() };
}
