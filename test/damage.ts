import { createRandom, drawDistinct } from "../src/core/random.ts";

/** A caption of a picture, as a list of Flickr8k's has it. */
export interface CaptionedImage {
  readonly image: string;
  readonly caption: string;
}

/** A caption that was damaged: `place` is its own in the list, `wrong` the word that the picture does not show, where the damage is one word. */
export interface Damaged {
  readonly place: number;
  readonly kind: string;
  readonly image: string;
  readonly before: string;
  readonly after: string;
  readonly wrong: string | undefined;
}

/** A caption with its picture's other captions, and a caption of another picture. */
interface Victim {
  readonly caption: string;
  readonly siblings: string;
  readonly foreign: string;
}

type Random = () => number;
/** Undefined where a caption can't be damaged so. */
type Damage = (victim: Victim, random: Random) => { readonly after: string; readonly wrong?: string } | undefined;

const colours = ["red", "blue", "green", "yellow", "black", "white", "brown", "orange", "pink", "purple"];
const objects = ["dog", "man", "woman", "boy", "girl", "ball", "car", "bike", "people", "child"];
/** Words of four letters and more that show nothing. */
const fillers = new Set(
  "with from that this into over near their while through other next front down what some there wearing looking standing being have around behind onto another along under large small".split(
    " ",
  ),
);

const pick = <Item>(items: readonly Item[], random: Random): Item => items[Math.floor(random() * items.length)]!;
const withoutStop = (text: string): string => text.replace(/[\s.]+$/, "");

/** Another word of the same kind, one that none of the picture's captions has. */
function replaceOne(pattern: RegExp, others: readonly string[]): Damage {
  return ({ caption, siblings }, random) => {
    const found = pattern.exec(caption);
    const free = others.filter((word) => !siblings.toLowerCase().includes(word));
    if (found === null || free.length === 0) return undefined;
    const wrong = pick(free, random);
    return { after: `${caption.slice(0, found.index)}${wrong}${caption.slice(found.index + found[0].length)}`, wrong };
  };
}

function contentWords(text: string): RegExpExecArray[] {
  return [...text.matchAll(/\p{L}{4,}/gu)].filter(({ 0: word }) => !fillers.has(word.toLowerCase()));
}

/** A word is replaced by one that isn't true of the picture. */
export const wrongWords: Readonly<Record<string, Damage>> = {
  objectReplaced: replaceOne(/\b(?:dogs?|man|men|woman|boys?|girls?|people|child(?:ren)?|ball|car|bike)\b/i, objects),
  colourChanged: replaceOne(new RegExp(`\\b(?:${colours.join("|")})\\b`, "i"), colours),
  wordSwapped: ({ caption, siblings, foreign }, random) => {
    const [own, others] = [contentWords(caption), contentWords(foreign)];
    if (own.length === 0 || others.length === 0) return undefined;
    const { 0: word, index } = pick(own, random);
    const wrong = pick(others, random)[0].toLowerCase();
    if (siblings.toLowerCase().includes(wrong)) return undefined;
    return { after: `${caption.slice(0, index)}${wrong}${caption.slice(index + word.length)}`, wrong };
  },
};

/** A caption is left as programs leave one. */
export const leftOvers: Readonly<Record<string, Damage>> = {
  cut: ({ caption }, random) => ({ after: withoutStop(caption).slice(0, Math.floor(caption.length * (0.3 + 0.4 * random()))) }),
  loop: ({ caption }) => {
    const words = withoutStop(caption).split(" ");
    return { after: `${words.join(" ")} ${Array.from({ length: 4 }, () => words.slice(-3).join(" ")).join(" ")}` };
  },
  preamble: ({ caption }) => ({ after: `Here is a description of the image: ${caption}` }),
};

/** The places of items in their list, by what they have in common. */
export function placesBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [place, item] of items.entries()) {
    const key = keyOf(item);
    places.set(key, [...(places.get(key) ?? []), place]);
  }
  return places;
}

/** Damages so many captions of each kind, each of another picture, drawn by the seed. */
export function damageCaptions(
  pairs: readonly CaptionedImage[],
  kinds: Readonly<Record<string, Damage>>,
  { ofEach, seed }: { readonly ofEach: number; readonly seed: number },
): Damaged[] {
  const random = createRandom(seed);
  const order = drawDistinct(random, pairs.length, pairs.length);
  const used = new Set<string>();
  const placesOf = placesBy(pairs, ({ image }) => image);
  let next = 0;
  return Object.entries(kinds).flatMap(([kind, damage]) => {
    const made: Damaged[] = [];
    while (made.length < ofEach && next < order.length) {
      const place = order[next++]!;
      const { image, caption } = pairs[place]!;
      if (used.has(image)) continue;
      const siblings = placesOf.get(image)!.map((own) => pairs[own]!.caption);
      const foreign = pairs[(place + pairs.length / 2) % pairs.length]!.caption;
      const found = damage({ caption, siblings: siblings.join(" "), foreign }, random);
      if (found === undefined || found.after === caption) continue;
      used.add(image);
      made.push({ place, kind, image, before: caption, after: found.after, wrong: found.wrong });
    }
    return made;
  });
}
