import type { Handlers } from "../../protocol/rpc.ts";
import type { StoreApi } from "../../protocol/storeApi.ts";
import type { Env } from "../env.ts";
import { exporters } from "../write/exporters/exporters.ts";
import { exportDataset } from "./exportDataset.ts";

/** What the store answers about taking a selection out of a dataset. */
export function createExportHandlers(env: Env): Handlers<Pick<StoreApi, "listExportFormats" | "exportDataset">> {
  return {
    listExportFormats: () => exporters.map(({ id, summary, pictures, paths }) => ({ id, summary, pictures, paths })),
    exportDataset: ({ root, format, folder, pictures, paths, separator, split, withoutReview, withOriginals }, { signal, onProgress }) =>
      exportDataset(env, {
        root,
        choice: { withoutReview, ...(split === undefined ? {} : { split }) },
        ...(withOriginals === undefined ? {} : { withOriginals }),
        target: {
          format,
          out: folder,
          ...(pictures === undefined ? {} : { pictures }),
          ...(paths === undefined ? {} : { paths }),
          ...(separator === undefined ? {} : { separator }),
        },
        signal,
        onProgress: (done, total) => onProgress({ done, total }),
      }),
  };
}
