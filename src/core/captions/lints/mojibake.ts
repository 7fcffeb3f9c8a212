import type { Lint } from "./lint.ts";

/** UTF-8 that was read as Windows-1252 shows pairs such as Ã© and â€™; a replacement sign stands where bytes were lost. */
const pairs =
  /(?:[\u00C2-\u00DF][\u0080-\u00BF\u20AC\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u017D\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u017E\u0178])|(?:\u00E2[\u20AC\u201A\u0080-\u00BF][\u0080-\u00BF\u2018-\u201E\u2020-\u2022\u2026\u2030\u02DC\u2122\u0152-\u0153\u0160-\u0161\u017D-\u017E\u00A0-\u00BF])/u;

/** The signs of Windows-1252 at 0x80 to 0x9F; unassigned bytes stand for themselves. */
const windows1252 =
  "\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178";

/** Text that was read in the wrong encoding. */
export const mojibake: Lint = {
  id: "mojibake",
  title: "Wrong encoding",
  about: "Text that was read in another encoding than it was written in",
  check: (text) => {
    const lost = text.indexOf("\uFFFD");
    if (lost >= 0) {
      const message = "Some letters were lost when the file was read in the wrong encoding: bring the original back";
      return [{ from: lost, to: lost + 1, severity: "warning", message }];
    }
    const found = pairs.exec(text);
    const fixed = found === null ? undefined : repair(text);
    if (found === null || fixed === undefined) return [];
    const message = `"${found[0]}" looks like UTF-8 that was read as Windows-1252`;
    return [
      {
        from: found.index,
        to: found.index + found[0].length,
        severity: "warning",
        message,
        fix: { title: "Put the letters right", fixed },
      },
    ];
  },
};

/** The text whose UTF-8 bytes were read as Windows-1252; undefined where it can't have been so. */
function repair(text: string): string | undefined {
  const bytes: number[] = [];
  for (const sign of text) {
    const code = sign.codePointAt(0)!;
    const at = windows1252.indexOf(sign);
    if (at >= 0) bytes.push(0x80 + at);
    else if (code < 0x100) bytes.push(code);
    else return undefined;
  }
  return decodeUtf8(bytes);
}

/** Strict UTF-8 decoding; core has no TextDecoder. */
function decodeUtf8(bytes: readonly number[]): string | undefined {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at]!;
    const length =
      first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
    if (length === 0 || at + length > bytes.length) return undefined;
    let code = length === 1 ? first : first & (0xff >> (length + 1));
    for (let next = at + 1; next < at + length; next += 1) {
      const byte = bytes[next]!;
      if (byte >> 6 !== 2) return undefined;
      code = (code << 6) | (byte & 0x3f);
    }
    const isOverlong = (length === 3 && code < 0x800) || (length === 4 && (code < 0x10000 || code > 0x10ffff));
    if (isOverlong || (code >= 0xd800 && code < 0xe000)) return undefined;
    text += String.fromCodePoint(code);
    at += length;
  }
  return text;
}
