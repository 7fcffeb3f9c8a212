import { adapter } from "./adapter.ts";
import type { Head } from "./head.ts";
import { linear } from "./linear.ts";
import { lowRank } from "./lowRank.ts";

/** All heads, in the order in which they are offered. A new one is one file and one line here. */
export const heads: readonly Head[] = [linear, adapter, lowRank];
