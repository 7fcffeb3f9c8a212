import * as z from "zod";
import { groupKinds } from "../../core/group.ts";
import type { Ranges } from "../../protocol/gallery.ts";
import type { PanelToHost } from "../../protocol/panelApi.ts";
import type { KeylessSource } from "../../protocol/rewrites.ts";
import type { Handlers, Watching } from "../../protocol/rpc.ts";

/** The page asked for something that is not in the form of the request. It names the request and the place, so that it can be mended from the log alone. */
export class BadRequestError extends Error {
  constructor(method: string, problem: string) {
    super(`The panel's request ${method} can't be read: ${problem}`);
    this.name = "BadRequestError";
  }
}

// Compiled forms would ask for `eval`, and in VS Code's extension host the very question is logged as an error.
z.config({ jitless: true });

// Bounds keep a page that went wrong from filling the extension host's memory. They lie far above what a dataset of 10⁶ samples needs.
const name = z.string().max(4096);
const text = z.string().max(200_000);
const count = z.number().int().min(0).max(1e9);
const fields = z.array(name).max(200);
const window = { from: count, to: count };
const many = 1_000_000;

const captionIndex = count.nullable();
const namedPair = z.object({ sample: name, captionIndex });
const unit = z.enum(["pair", "sample"]);
const kind = z.enum(groupKinds);
const column = z.object({ field: name, where: text.exactOptional() });
const optionValue = z.union([z.string().max(4096), z.number(), z.boolean()]);
const rules = z.array(z.object({ policy: name }).catchall(optionValue)).max(200);
const rulesRequest = z.object({ rules });
const nothing = z.null();

const ranges = z.custom<Ranges>(isRanges, "Expected ascending half-open ranges of positions");
const rows = z.custom<Uint32Array>((value) => value instanceof Uint32Array && value.length <= 100 * many, "Expected rows as a Uint32Array");
const targets = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("view"), view: name, ranges }),
  z.object({ kind: z.literal("named"), pairs: z.array(namedPair).max(many) }),
]);
const search = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("text"), text: z.string().min(1).max(10_000) }),
  z.object({ kind: z.literal("sample"), sample: name }),
  z.object({ kind: z.literal("image"), path: name }),
]);
const selection = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("current") }),
  z.object({ kind: z.literal("rules"), rules }),
  z.object({ kind: z.literal("operation"), operation: name.nullable() }),
  z.object({ kind: z.literal("recipe"), path: name }),
]);
const relation = z.enum(["duplicate", "falseNegative", "hardNegative", "clear"]);
const spotLabel = z.enum(["match", "mismatch", "unsure", "clear"]);
const editRequest = {
  scope: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("targets"), targets }),
    z.object({ kind: z.literal("where"), where: text }),
    z.object({ kind: z.literal("bucket"), bucket: name }),
    z.object({ kind: z.literal("dataset") }),
  ]),
  operation: name,
  options: z.record(name, z.union([text, z.number(), z.boolean()])),
};
/** The host asks none but those that the person chose (see `RewriteJobs`): here it is enough that it can be looked up. */
const rewriteSource = z.custom<KeylessSource>(isSource, "Expected who was chosen to write");
const rewriteRequest = z.object({
  scope: editRequest.scope,
  preset: name,
  options: z.record(name, z.union([text, z.number(), z.boolean()])),
  source: rewriteSource,
  redo: z.boolean().exactOptional(),
  concurrency: z.number().int().min(1).max(256).exactOptional(),
  pictureSide: z.number().int().min(16).max(4096).exactOptional(),
});
const acceptRule = z.object({ delta: z.number(), allowAdded: z.boolean() });
const ids = z.array(name).max(many);
const savedView = z.object({ name: z.string().min(1).max(200), where: text, sort: name, unit });

/** The form of every request that the page may make. A request without a form does not compile; what a form doesn't name is left out. */
export const requestForms: { readonly [Method in keyof PanelToHost]: z.ZodType<PanelToHost[Method]["params"]> } = {
  ready: z.object({ state: z.unknown() }),
  readOverview: z.object({}),
  openView: z.object({ unit, where: text.exactOptional(), sort: name.exactOptional(), search: search.exactOptional() }),
  readPage: z.object({ view: name, ...window, fields }),
  readMembers: z.object({ view: name }),
  readThumbnails: z.object({ samples: z.array(name).max(500), side: count }),
  readPicture: z.object({ sample: name, side: count }),
  readBins: column,
  readSortedColumn: column,
  readSampleColumn: z.object({ field: name }),
  saveSet: z.object({ generation: name, sampleRows: rows }),
  setVerdicts: z.object({ targets, decision: z.enum(["keep", "drop", "review", "clear"]), reason: z.string().max(10_000) }),
  readGroups: z.object({ kind, ...window, fields, group: name.exactOptional() }),
  keepBest: z.object({
    kind,
    groups: z.array(name).max(many).exactOptional(),
    by: z.enum(["score", "resolution", "captionLength"]),
    apply: z.boolean(),
  }),
  relate: z.object({ members: z.array(namedPair).max(10_000), relation }),
  inspect: z.object({ sample: name }),
  editCaption: z.object({ sample: name, captionIndex: count, before: text, after: text }),
  listEditOperations: z.object({}),
  previewEdit: z.object({ ...editRequest, from: count, limit: count.max(500) }),
  applyEdit: z.object(editRequest),
  listRewriters: z.object({}),
  estimateRewrite: rewriteRequest,
  rewrite: rewriteRequest,
  followRewrite: nothing,
  cancelRewrite: nothing,
  listRewrites: z.object({
    state: z.enum(["proposed", "accepted", "rejected", "stale"]).exactOptional(),
    passing: z.boolean().exactOptional(),
    sample: name.exactOptional(),
    order: z.enum(["made", "latest", "mostGain", "leastGain"]).exactOptional(),
    from: count,
    limit: count.max(500),
    rule: acceptRule.exactOptional(),
  }),
  acceptRewrites: z.object({
    choice: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("ids"), ids }),
      z.object({ kind: z.literal("rule"), rule: acceptRule }),
    ]),
    strategy: z.enum(["replace", "add"]),
  }),
  rejectRewrites: z.object({ ids }),
  reopenRewrites: z.object({ ids }),
  proposeCaption: z.object({
    sample: name,
    captionIndex: count,
    was: z.union([z.object({ text }), z.object({ captionHash: name })]),
    caption: text,
    preset: z.enum(["blind", "seen", "byHand"]),
  }),
  drawWorksheet: z.object({ scope: editRequest.scope, count: count.max(10_000), seed: z.number().int() }),
  listProblems: z.object({ ...window, code: name.exactOptional() }),
  tryRules: rulesRequest,
  applyRules: rulesRequest,
  compare: z.object({ left: selection, right: selection }),
  listOperations: z.object({}),
  undo: z.object({ operation: name.exactOptional(), cascade: z.boolean() }),
  readViews: z.object({}),
  saveViews: z.object({ views: z.array(savedView).max(1000) }),
  drawSpotCheck: z.object({ signal: name, cut: z.number(), size: count.max(10_000), seed: z.number().int() }),
  saveLabels: z.object({ labels: z.array(z.object({ sample: name, captionIndex: count, label: spotLabel })).max(100_000) }),
  readTuneCurves: z.object({ runs: z.array(name).max(100) }),
  stopTuneRun: z.object({ run: name }),
  resumeTuneRun: z.object({ run: name }),
  readTuneSamples: z.object({ run: name }),
  readTuneSampleThumbnails: z.object({ run: name, names: z.array(name).max(100), side: count }),
  openTuneSample: z.object({ run: name, name }),
  estimateSpotCheck: z.object({ signal: name, cut: z.number() }),
  nearest: z.object({ sample: name, limit: count.max(1000) }),
  explainWords: z.object({ sample: name, text }),
  project: z.object({ projection: z.enum(["pca", "umap"]) }),
  openFile: z.object({ sample: name, what: z.enum(["picture", "caption"]), captionIndex: count }),
  pictureUri: z.object({ sample: name }),
  choosePicture: nothing,
  chooseRecipe: nothing,
  chooseProvider: nothing,
  confirm: z.object({ message: z.string().max(2000), detail: z.string().max(10_000), action: z.string().min(1).max(100) }),
  run: nothing,
  cancelRun: nothing,
  report: z.object({ message: text, detail: text }),
};

/** Handlers that are given what was read, never what was sent. */
export function parsing(handlers: Handlers<PanelToHost>): Handlers<PanelToHost> {
  const wrapped = Object.entries(handlers as Readonly<Record<string, AnyHandler>>).map(([method, handler]) => [
    method,
    (params: unknown, watching: Watching<unknown>) => handler(parseRequest(method as keyof PanelToHost, params), watching),
  ]);
  return Object.fromEntries(wrapped) as Handlers<PanelToHost>;
}

/** Reads the parameters of a request; throws `BadRequestError` for what is not in its form. */
export function parseRequest<Method extends keyof PanelToHost>(method: Method, params: unknown): PanelToHost[Method]["params"] {
  const parsed = requestForms[method].safeParse(params);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.map(String).join(".") ?? "";
  throw new BadRequestError(method, `${place === "" ? "" : `${place}: `}${issue?.message ?? "it has another form"}`);
}

type AnyHandler = (params: unknown, watching: Watching<unknown>) => unknown;

function isSource(value: unknown): boolean {
  if (typeof value !== "object" || value === null || typeof (value as { kind?: unknown }).kind !== "string") return false;
  const parts = Object.values(value) as readonly unknown[];
  return parts.length <= 16 && parts.every((part) => typeof part === "number" || (typeof part === "string" && part.length <= 4096));
}

/** A plain walk: a selection of every other row of a million is half a million ranges. */
function isRanges(value: unknown): boolean {
  if (!Array.isArray(value) || value.length > many) return false;
  let end = 0;
  for (const range of value as readonly unknown[]) {
    if (!Array.isArray(range) || range.length !== 2) return false;
    const [from, to] = range as readonly unknown[];
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to)) return false;
    if ((from as number) < end || (to as number) <= (from as number)) return false;
    end = to as number;
  }
  return true;
}
