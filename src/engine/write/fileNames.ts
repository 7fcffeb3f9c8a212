/** Names that Windows keeps for devices, whatever their ending. */
const deviceNames = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** Room for a number and an ending within the 255 bytes that file systems allow. */
const longestNameBytes = 200;

/**
 * One part of a path made safe on every file system: no separators, control characters, or characters that Windows forbids, no leading or trailing dots and spaces,
 * never empty, `.` or `..`.
 */
export function safeName(part: string): string {
  const plain = part.replaceAll(/[\u0000-\u001f\u007f<>:"/\\|?*\ufffd]/g, "_").replaceAll(/^\.+|[. ]+$/g, (run) => "_".repeat(run.length));
  const named = plain === "" ? "_" : deviceNames.test(plain) ? `_${plain}` : plain;
  return cutToBytes(named, longestNameBytes);
}

/** Gives out names below one folder so that no two share a path without its ending, whatever the case: `a.jpg` and `A.png` would share one caption file. */
export function createNameGiver(): (parts: readonly string[]) => string {
  const taken = new Set<string>();
  const next = new Map<string, number>();
  return (parts) => {
    const safe = parts.filter((part) => part !== "").map(safeName);
    const fileName = safe.at(-1) ?? "_";
    const dot = fileName.lastIndexOf(".");
    const [stem, ending] = dot > 0 ? [fileName.slice(0, dot), fileName.slice(dot)] : [fileName, ""];
    const folder = safe.slice(0, -1).map((part) => `${part}/`);
    const keyOf = (name: string): string => `${folder.join("")}${name}`.normalize("NFC").toLowerCase();
    let name = stem;
    for (let count = next.get(keyOf(stem)) ?? 2; taken.has(keyOf(name)); count += 1) {
      name = `${stem}-${count}`;
      next.set(keyOf(stem), count + 1);
    }
    taken.add(keyOf(name));
    return `${folder.join("")}${name}${ending}`;
  };
}

/** Cuts a name to a number of UTF-8 bytes, between two characters, and keeps its ending. */
function cutToBytes(name: string, limit: number): string {
  if (Buffer.byteLength(name) <= limit) return name;
  const dot = name.lastIndexOf(".");
  const ending = dot > 0 && name.length - dot <= 10 ? name.slice(dot) : "";
  const room = limit - Buffer.byteLength(ending);
  const stem = Buffer.from(name.slice(0, name.length - ending.length)).subarray(0, room);
  return new TextDecoder().decode(stem).replace(/\ufffd+$/, "") + ending;
}
