import type { HandPreset, ListedRewriter } from "../../../src/protocol/rewrites.ts";

/** What a person does with a proposal. */
export type ReviewAct = "accept" | "reject" | "edit" | "skip" | "reopen";

const acts: Readonly<Record<string, ReviewAct>> = { a: "accept", x: "reject", e: "edit", s: "skip", b: "reopen" };

/** What a key means while proposals are looked over; undefined for all others. */
export function reviewKeys({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): ReviewAct | undefined {
  return ctrlKey || metaKey || altKey ? undefined : acts[key.toLowerCase()];
}

const byHand: Readonly<Record<HandPreset, string>> = {
  blind: "written without seeing the old caption",
  seen: "written with the old caption seen",
  byHand: "written by hand",
};

/** How a proposal came to be, in words. */
export function presetTitle(preset: string, rewriters: readonly Pick<ListedRewriter, "id" | "title">[]): string {
  const own = Object.entries(byHand).find(([id]) => id === preset)?.[1];
  return own ?? rewriters.find(({ id }) => id === preset)?.title ?? preset;
}
