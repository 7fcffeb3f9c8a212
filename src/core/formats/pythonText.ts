/** White space as Python's `str.strip` sees it (`str.isspace`): other signs than JavaScript's `trim`, which takes a byte order mark for a space. */
const around =
  /^[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/gu;

/** A text without the white space around it, as Python's `strip` leaves it. */
export function stripAsPython(text: string): string {
  return text.replaceAll(around, "");
}

/** The lines of a text file as Python's text mode reads them, without their ends: CRLF and CR count as LF, and a last end begins no line. */
export function linesAsPython(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** A finite number, or an infinite one, as Python's `str(float)` writes it: the shortest digits, an exponent below 10⁻⁴ and from 10¹⁶. */
export function formatPythonFloat(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits = "", exponent = ""] = value.toExponential().split("e");
    const power = Number(exponent);
    return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const text = String(value);
  return text.includes(".") ? text : `${text}.0`;
}
