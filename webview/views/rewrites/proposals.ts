import type { ListedRewrite, RewritePage } from "../../../src/protocol/rewrites.ts";
import type { PanelContext } from "../../context.ts";
import { pageWithin } from "../../parts/pager.ts";
import { createSlot } from "../../slots.ts";
import { requestOf, type RewritesDetail } from "./detail.ts";

/** Proposals of one page. */
export const pageSize = 100;

type Query = Pick<RewritesDetail, "filter" | "order" | "rule">;

/** A page of proposals, one of which is looked at. */
export class Proposals {
  readonly #context: PanelContext;
  readonly #onChange: () => void;
  readonly #slot = createSlot();
  #query: Query | undefined;
  #page: RewritePage | undefined;
  #from = 0;
  #at = 0;
  #isWaiting = false;

  constructor(context: PanelContext, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
  }

  get page(): RewritePage | undefined {
    return this.#page;
  }

  get rows(): readonly ListedRewrite[] {
    return this.#page?.rewrites ?? [];
  }

  get from(): number {
    return this.#from;
  }

  get at(): number {
    return this.#at;
  }

  get current(): ListedRewrite | undefined {
    return this.rows[this.#at];
  }

  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  moveTo(at: number): void {
    this.#at = Math.max(0, Math.min(this.rows.length - 1, at));
  }

  /** Takes a proposal out that was decided on: the one behind it comes in its place. */
  remove(id: string): void {
    if (this.#page === undefined) return;
    const rewrites = this.#page.rewrites.filter((other) => other.id !== id);
    this.#page = { ...this.#page, rewrites, count: this.#page.count - (this.#page.rewrites.length - rewrites.length) };
    this.moveTo(this.#at);
  }

  /** Lists what a query asks for, from its beginning or from a row on. */
  async open(query: Query, from = 0): Promise<void> {
    this.#query = query;
    this.#from = from;
    this.#at = 0;
    await this.reload();
  }

  /** Reads the page again; who is looked at stays in front, while it is there. `without` are those that were decided on meanwhile. */
  async reload(without: ReadonlySet<string> = new Set()): Promise<void> {
    const query = this.#query;
    if (query === undefined || this.#context.snapshot().overview.analysed === null) return;
    this.#isWaiting = true;
    this.#onChange();
    try {
      const page = await this.#slot.run((signal) => this.#read(query, signal));
      if (page === undefined) return;
      const id = this.current?.id;
      this.#page = { ...page, rewrites: page.rewrites.filter((rewrite) => !without.has(rewrite.id)) };
      const at = this.rows.findIndex((rewrite) => rewrite.id === id);
      this.moveTo(at < 0 ? this.#at : at);
    } catch (error) {
      this.#context.fail(error);
    }
    this.#isWaiting = false;
    this.#onChange();
  }

  stop(): void {
    this.#slot.stop();
  }

  /** A list that has become shorter ends before: then its last page is read. */
  async #read(query: Query, signal: AbortSignal): Promise<RewritePage> {
    const { host } = this.#context;
    const request = { ...requestOf(query), limit: pageSize };
    const page = await host.call("listRewrites", { ...request, from: this.#from }, { signal });
    const from = pageWithin(this.#from, pageSize, page.count);
    if (from === this.#from) return page;
    this.#from = from;
    return await host.call("listRewrites", { ...request, from }, { signal });
  }
}
