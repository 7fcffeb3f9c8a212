/** Colours, and what moves a terminal's cursor (ECMA-48, control sequences). */
const controlSequences = /\u001B\[[\d;?]*[A-Za-z]/g;

/** What a program has said without what it says to a terminal; carriage returns stay. */
export function plainTerminalText(text: string): string {
  return text.replaceAll(controlSequences, "");
}
