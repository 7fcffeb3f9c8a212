import type { CaptionEditsApi } from "./captionEdits.ts";
import type { CaptionFilesApi } from "./captionFiles.ts";
import type { EncoderFolderApi, HubApi } from "./encoders.ts";
import type { ListedProblem } from "./engineApi.ts";
import type { ExportDatasetAnswer, ExportDatasetRequest, ExportFormat } from "./exports.ts";
import type {
  Bins,
  ColumnRequest,
  OpenedView,
  Page,
  PageRequest,
  SavedView,
  SaveSetRequest,
  SetVerdictsAnswer,
  SetVerdictsRequest,
  SortedColumn,
  ThumbnailBatch,
  ThumbnailsRequest,
  ViewRequest,
} from "./gallery.ts";
import type { GroupPage, GroupsRequest, KeepBestRequest, KeptBest, RelateAnswer, RelateRequest } from "./groups.ts";
import type { EditCaptionAnswer, EditCaptionRequest, InspectRequest, Inspection, PictureAnswer, PictureRequest } from "./inspection.ts";
import type { SampleColumn, SampleColumnRequest } from "./map.ts";
import type { ListedOperation, UndoAnswer, UndoRequest } from "./operations.ts";
import type { FindDatasetsRequest, FoundDataset, Overview } from "./overview.ts";
import type { CompareRequest, Comparison, RulesRequest, TriedRules } from "./recipes.ts";
import type { RewritesApi } from "./rewrites.ts";
import type { Drawn, DrawRequest, SaveLabelsRequest, SpotCut, SpotEstimate } from "./spotCheck.ts";
import type { TrainersApi } from "./trainers.ts";
import type { TuneRunsApi } from "./tuneRuns.ts";
import type { TuneSamplesApi } from "./tuneSamples.ts";

/** A dataset by its root, an absolute path. */
export interface OfDataset {
  readonly root: string;
}

/** What the engine's store process answers: everything but models and mathematics. Nothing here takes longer than a page takes to read. */
export interface StoreApi
  extends HubApi, EncoderFolderApi, CaptionEditsApi, TrainersApi, CaptionFilesApi, RewritesApi, TuneRunsApi, TuneSamplesApi {
  findDatasets: { params: FindDatasetsRequest; result: readonly FoundDataset[] };
  readOverview: { params: OfDataset; result: Overview };
  openView: { params: ViewRequest; result: OpenedView };
  readPage: { params: PageRequest; result: Page };
  /** The members of an opened view in its order: numbers of pairs, or sample rows. */
  readMembers: { params: OfDataset & { view: string }; result: { members: Uint32Array } };
  readThumbnails: { params: ThumbnailsRequest; result: ThumbnailBatch };
  readPicture: { params: PictureRequest; result: PictureAnswer };
  readBins: { params: ColumnRequest; result: Bins };
  readSortedColumn: { params: ColumnRequest; result: SortedColumn };
  readSampleColumn: { params: SampleColumnRequest; result: SampleColumn };
  saveSet: { params: SaveSetRequest; result: { set: string } };
  setVerdicts: { params: SetVerdictsRequest; result: SetVerdictsAnswer };
  readGroups: { params: GroupsRequest; result: GroupPage };
  keepBest: { params: KeepBestRequest; result: KeptBest };
  relate: { params: RelateRequest; result: RelateAnswer };
  inspect: { params: InspectRequest; result: Inspection };
  editCaption: { params: EditCaptionRequest; result: EditCaptionAnswer };
  listProblems: {
    params: OfDataset & { from: number; to: number; code?: string };
    result: { count: number; problems: readonly ListedProblem[] };
  };
  tryRules: { params: RulesRequest; result: TriedRules };
  applyRules: { params: RulesRequest; result: TriedRules };
  compare: { params: CompareRequest; result: Comparison };
  listOperations: { params: OfDataset; result: readonly ListedOperation[] };
  undo: { params: UndoRequest; result: UndoAnswer };
  readViews: { params: OfDataset; result: readonly SavedView[] };
  saveViews: { params: OfDataset & { views: readonly SavedView[] }; result: null };
  drawSpotCheck: { params: DrawRequest; result: Drawn };
  saveLabels: { params: SaveLabelsRequest; result: null };
  estimateSpotCheck: { params: SpotCut; result: SpotEstimate };
  listExportFormats: { params: null; result: readonly ExportFormat[] };
  exportDataset: { params: ExportDatasetRequest; result: ExportDatasetAnswer; progress: { done: number; total: number } };
}
