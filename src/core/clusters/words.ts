/** Words that say nothing about what a picture shows, in English: function words, and words about pictures as such. */
const stopWords = new Set(
  `a about above across after again against all along also am among an and another any are around as at away be because been before behind
  being below beneath beside between both but by can could did do does doing down during each either every few for from front get gets
  getting had has have having he her here hers him his how i if in inside into is it its itself just like many me more most much my near
  nearby next no nor not of off on one ones onto or other others our out outside over own past s same she several shown shows showing
  side so some something such t than that the their them then there these they this those through to together too toward towards under
  up upon us very was we were what when where which while who whose why will with within without would you your image images photo
  photograph photos picture pictures two three four five six seven eight nine ten`.split(/\s+/),
);

/**
 * The words of a caption that say something, lower-case, in order: letters of any script, apostrophes and hyphens inside a word; no single
 * letters of Latin script.
 */
export function distinctiveWordsOf(caption: string): string[] {
  const words =
    caption
      .normalize("NFC")
      .toLowerCase()
      .match(/\p{L}[\p{L}\p{M}]*(?:['’-]\p{L}[\p{L}\p{M}]*)*/gu) ?? [];
  return words.filter((word) => !stopWords.has(word) && !/^[a-z]$/.test(word));
}
