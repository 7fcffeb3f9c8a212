/** A special token as `tokenizer.json` lists it among its added tokens: found as it stands, before anything is normalised. */
export function specialToken(content: string, id: number): object {
  return { id, content, special: true, normalized: false, lstrip: false, rstrip: false, single_word: false };
}
