import type { StoreApi } from "../protocol/storeApi.ts";

/** What a request of the store does to the person's files. */
export type Effect = "reads" | "writes";

/**
 * Every request of the store. One that only reads is made again when the process died on it, and is served in a workspace that isn't trusted; one that
 * writes is neither. A set that is saved lives in the process alone.
 */
export const storeEffects: Readonly<Record<keyof StoreApi, Effect>> = {
  findDatasets: "reads",
  readOverview: "reads",
  openView: "reads",
  readPage: "reads",
  readThumbnails: "reads",
  readPicture: "reads",
  readBins: "reads",
  readSortedColumn: "reads",
  readSampleColumn: "reads",
  saveSet: "reads",
  setVerdicts: "writes",
  readGroups: "reads",
  readMembers: "reads",
  keepBest: "writes",
  relate: "writes",
  inspect: "reads",
  editCaption: "writes",
  listEditOperations: "reads",
  previewEdit: "reads",
  applyEdit: "writes",
  readCaptionFile: "reads",
  checkTexts: "reads",
  countTags: "reads",
  listProblems: "reads",
  tryRules: "reads",
  applyRules: "writes",
  compare: "reads",
  listOperations: "reads",
  undo: "writes",
  readViews: "reads",
  saveViews: "writes",
  drawSpotCheck: "reads",
  saveLabels: "writes",
  estimateSpotCheck: "reads",
  listExportFormats: "reads",
  exportDataset: "writes",
  listDownloadableEncoders: "reads",
  downloadEncoder: "writes",
  removeEncoder: "writes",
  planCuda: "reads",
  downloadCuda: "writes",
  listTrainers: "reads",
  clearCaches: "writes",
  describeGraphs: "reads",
  saveEncoderFolder: "writes",
};
