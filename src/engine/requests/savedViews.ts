import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { parseWhere } from "../../core/where.ts";
import type { SavedView } from "../../protocol/gallery.ts";
import type { Env } from "../env.ts";
import { withDataset } from "../store/dataset.ts";
import type { DatasetPlace } from "../store/dotWinnow.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { isMissing } from "../store/fileMoves.ts";
import { writeAtomically } from "../store/files.ts";

/** The version of `views.json` that this code writes; newer ones are left alone. */
export const viewsSchema = 1;

const viewsFile = "views.json";

const view = z.object({ name: z.string(), where: z.string(), sort: z.string(), unit: z.enum(["pair", "sample"]) });
const contents = z.object({ schema: z.literal(viewsSchema), views: z.array(view) });
const newer = z.object({ schema: z.int().gt(viewsSchema) });

/** `views.json` can't be used as it is: it is damaged, or of a newer Winnow. Nothing is written over it. */
export class ViewsFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ViewsFileError";
  }
}

/** The filters that people saved with a dataset, in their order; none where there are none. Throws `ViewsFileError`. */
export async function readViews(env: Env, root: string): Promise<readonly SavedView[]> {
  return await readViewsFile(await locateDataset(env, root));
}

/** Puts saved filters in the place of those before, under the dataset's lock. Throws `ViewsFileError`, `WhereError`, and an error for two of one name. */
export async function saveViews(env: Env, root: string, views: readonly SavedView[]): Promise<null> {
  const names = views.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`Expected different names of views but received "${twice}" twice`);
  for (const { where } of views) if (where.trim() !== "") parseWhere(where);
  await withDataset(env, root, async (place) => {
    await readViewsFile(place);
    const kept = views.map(({ name, where, sort, unit }) => ({ name, where, sort, unit }));
    await writeAtomically(join(place.folder, viewsFile), `${JSON.stringify({ schema: viewsSchema, views: kept }, undefined, 2)}\n`);
  });
  return null;
}

/** Where the root can't be written and its stand-in has no views, those in the root's own `.winnow` are read. */
async function readViewsFile({ folder, realRoot, writable }: DatasetPlace): Promise<readonly SavedView[]> {
  const text = (await readText(folder)) ?? (writable ? undefined : await readText(join(realRoot, ".winnow")));
  return text === undefined ? [] : parseViews(text);
}

async function readText(folder: string): Promise<string | undefined> {
  return await readFile(join(folder, viewsFile), "utf8").catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

function parseViews(text: string): readonly SavedView[] {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new ViewsFileError(
      `.winnow/${viewsFile} is not JSON (${error instanceof Error ? error.message : String(error)}): correct it or remove it`,
    );
  }
  if (newer.safeParse(value).success)
    throw new ViewsFileError(`.winnow/${viewsFile} was written by a newer Winnow: update Winnow to use its views`);
  const parsed = contents.safeParse(value);
  if (parsed.success) return parsed.data.views;
  throw new ViewsFileError(
    `.winnow/${viewsFile} can't be used (${z.prettifyError(parsed.error).replaceAll(/\s+/g, " ")}): correct it or remove it`,
  );
}
