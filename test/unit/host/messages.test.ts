import { describe, expect, it } from "vitest";
import { NotTrustedError } from "../../../src/host/engineClient.ts";
import { EngineGoneError } from "../../../src/host/engineGoneError.ts";
import * as messages from "../../../src/host/messages.ts";
import { StoppedError } from "../../../src/host/stopped.ts";
import type { RunReport } from "../../../src/protocol/engineApi.ts";
import { RemoteError } from "../../../src/protocol/rpc.ts";

const groups = {
  duplicate: 0,
  pixelDuplicate: 0,
  nearDuplicate: 0,
  sameCaption: 0,
  sameImage: 0,
  confusable: 0,
  concept: 0,
  falseNegative: 0,
};
const report: RunReport = {
  dataset: { root: "/data", format: "sidecar", formatReason: "", samples: 300, captions: 1 },
  encoder: { id: "x", name: "built-in", provider: "cpu", builtin: true },
  stages: {},
  groups,
  problems: [
    { code: "brokenImage", severity: "error", file: "a.jpg", message: "", hint: "", sample: null },
    { code: "exifOrientation", severity: "note", file: "b.jpg", message: "", hint: "", sample: null },
  ],
  notices: ["It is for trying only."],
};
const counts = { samples: 0, captions: 0 };
const tried = {
  effects: [],
  kept: counts,
  dropped: { samples: 0, captions: 12 },
  review: counts,
  frozen: counts,
  imagesWithNoCaptionLeft: 0,
  conceptsThatVanish: [],
  foldersThatVanish: [],
  captionsToMove: 0,
};
const exportAnswer = { format: "coco", files: 3, samples: 2, captions: 2, leftOut: [], operation: "o1" };

const all: Readonly<Record<string, messages.Message | undefined>> = {
  activationFailed: messages.activationFailed(new Error("No such folder.\nat x")),
  engineGivenUp: messages.engineGivenUp(),
  engineRestarted: messages.engineRestarted(),
  runRecovered: messages.runRecovered("data", "auto", "cpu"),
  runDone: messages.runDone("data", report),
  filesChanged: messages.filesChanged("data", "/data", 1),
  noDatasetIn: messages.noDatasetIn("/x"),
  noDatasets: messages.noDatasets(),
  notAnalysed: messages.notAnalysed("data", "/data"),
  undone: messages.undone("data", { operation: "o3", undone: ["o2"], restored: 2, left: [] }),
  nothingUndone: messages.undone("data", { operation: null, undone: [], restored: 0, left: [] }),
  leftAlone: messages.undone("data", {
    operation: "o3",
    undone: ["o2"],
    restored: 1,
    left: [{ path: "a.txt", reason: "it was changed since", by: null }],
  }),
  recipeApplied: messages.recipeApplied("data", "/data", { ...tried, operation: "o4" }),
  recipeUnchanged: messages.recipeApplied("data", "/data", { ...tried, operation: null }),
  encoderChosen: messages.encoderChosen("data", "/data", "/models/clip"),
  companionChosen: messages.companionChosen("data", "/data", "owner/dino"),
  companionLeft: messages.companionChosen("data", "/data", "none"),
  companionUnset: messages.companionChosen("data", "/data", ""),
  exported: messages.exported("/out", exportAnswer),
  exportedSome: messages.exported("/out", { ...exportAnswer, leftOut: [{ sample: "a", captionIndex: null, why: "it has no caption" }] }),
  exportedNone: messages.exported("/out", { ...exportAnswer, files: 0 }),
  failed: messages.failed("The export failed", new RemoteError("There is no room.", "Error")),
  encoderFailed: messages.failed("The analysis of data failed", new RemoteError("There is no encoder x", "EncoderError")),
  untrusted: messages.failed("The export failed", new NotTrustedError()),
  cannotStart: messages.failed("The export failed", new EngineGoneError("cannotStart", "spawn /x ENOENT")),
  ended: messages.failed("The export failed", new EngineGoneError("ended", "signal SIGKILL")),
  givenUp: messages.failed("The export failed", new EngineGoneError("givenUp", "it died 5 times")),
};

describe("the messages", () => {
  it.each(Object.entries(all))("%s is one clear sentence with at most two actions", (_, message) => {
    expect(message?.text).toMatch(/^\w/);
    expect(message?.text).not.toMatch(/[.!]$|\n|undefined|null|NaN|\[object/);
    expect(message?.actions.length).toBeLessThanOrEqual(2);
  });

  it("say nothing when a person stopped something", () => {
    expect(messages.failed("It failed", new StoppedError())).toBeUndefined();
    expect(messages.failed("It failed", new DOMException("stop", "AbortError"))).toBeUndefined();
    expect(messages.failed("It failed", Object.assign(new Error(), { name: "Canceled" }))).toBeUndefined();
  });

  it("tell what was found, and warn of the built-in encoder", () => {
    expect(all["runDone"]).toMatchObject({ text: "data is analysed: 300 pictures, 1 caption, 1 problem. It is for trying only" });
    expect(all["runDone"]?.actions.map(({ title }) => title)).toEqual(["Open Panel", "Choose Encoder"]);
  });

  it("leave out what is to be typed in a terminal", () => {
    const { text } = messages.runDone("data", {
      ...report,
      notices: ["The recipe's encoder x is not here: name its folder with --encoder"],
    });
    expect(text).toMatch(/The recipe's encoder x is not here$/);
    const error = new RemoteError('There is no analysis of /data: it yet: "winnow run" makes one', "NotAnalysedError");
    expect(messages.failed("The export failed", error)?.text).toBe("The export failed: There is no analysis of /data: it yet");
  });

  it("tell where a run goes on after its process died", () => {
    expect(all["runRecovered"]?.text).toBe(
      "The engine stopped during the analysis of data, which goes on from where it was, now on the processor",
    );
    expect(messages.runRecovered("data", "cpu", "cpu").text).not.toContain("processor");
  });

  it("tell that CUDA's libraries came, and what is missing all the same", () => {
    expect(messages.cudaDownloaded([]).severity).toBe("info");
    expect(messages.cudaDownloaded(["NVIDIA's driver (libcuda.so.1) was not found: install it"])).toMatchObject({
      severity: "warning",
      text: "CUDA's libraries are here, but it can't be used yet: NVIDIA's driver (libcuda.so.1) was not found: install it",
    });
    expect(messages.cudaPresent().text).toBe("CUDA's libraries are all here");
  });

  it("offer what helps", () => {
    const offered = (name: string): unknown => all[name]?.actions.map(({ command }) => command);
    expect(offered("encoderFailed")).toEqual(["winnow.chooseEncoder", "winnow.showLog"]);
    expect(offered("cannotStart")).toEqual(["winnow.showLog", "winnow.openSettings"]);
    expect(offered("untrusted")).toEqual(["workbench.trust.manage"]);
    expect(all["recipeApplied"]?.actions).toMatchObject([
      { arguments: [{ root: "/data", subject: { kind: "operation", operation: "o4" } }] },
    ]);
  });

  it("name the first file that an undo left alone and count the others", () => {
    const left = ["a", "b", "c"].map((path) => ({ path, reason: "changed since", by: null }));
    expect(messages.undone("data", { operation: "o", undone: ["p"], restored: 0, left }).text).toBe(
      "0 files of data returned; left alone was a and 2 other files (changed since)",
    );
  });
});
