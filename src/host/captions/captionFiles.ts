import type { CaptionFile, CheckedText, TagCount } from "../../protocol/captionFiles.ts";
import type { Datasets } from "../datasets.ts";
import type { EngineClient } from "../engineClient.ts";
import { innermostRoot } from "../folders.ts";
import { textsToCheck } from "./findings.ts";

/** A caption file of a dataset of this window. */
export interface OwnedCaptionFile {
  readonly root: string;
  readonly file: CaptionFile;
}

/** What the engine knows of caption files that are open. */
export interface CaptionFiles {
  /** Undefined where the path is no caption file of an analysed dataset; asked once an analysis. */
  find(path: string): Promise<OwnedCaptionFile | undefined>;
  /** What only the engine can tell of a document's captions, one entry each; none where it can't tell. */
  check(owned: OwnedCaptionFile, text: string, limit: number | null): Promise<readonly CheckedText[]>;
  /** The frequent tags of a dataset, none where its captions are prose; counted once an analysis. */
  tags(root: string): Promise<readonly TagCount[]>;
  /** Says when another analysis is there: what was known of files no longer holds. */
  readonly analyses: string;
}

/** A file with more captions is a list of another kind: only these are asked about. */
const mostTexts = 200;

/** Makes it over the engine. Failures are logged: nobody has asked for anything. */
export function createCaptionFiles({
  engine,
  datasets,
  log,
}: {
  readonly engine: Pick<EngineClient, "store">;
  readonly datasets: Pick<Datasets, "all">;
  readonly log: (line: string) => void;
}): CaptionFiles {
  const files = createMemory<CaptionFile | null>();
  const tags = createMemory<readonly TagCount[]>();
  const generationOf = (root: string): string | undefined =>
    datasets.all.find((entry) => entry.root === root)?.overview?.analysed?.generation;
  return {
    get analyses() {
      return datasets.all.map(({ root, overview }) => `${root}\n${overview?.analysed?.generation ?? ""}`).join("\n");
    },
    find: async (path) => {
      const root = innermostRoot(
        datasets.all.map((entry) => entry.root),
        path,
      );
      const generation = root === undefined ? undefined : generationOf(root);
      if (root === undefined || generation === undefined) return undefined;
      const ask = () => engine.store.call("readCaptionFile", { root, path });
      const file = await files.get(path, generation, ask).catch(logged(log, `${path} can't be looked up`, null));
      return file === null ? undefined : { root, file };
    },
    check: async ({ root, file }, text, limit) => {
      if (file.captions.length === 0) return [];
      const texts = textsToCheck(text, file.reading).slice(0, mostTexts);
      const samples = [...new Set(file.captions.map(({ sample }) => sample))];
      return await engine.store.call("checkTexts", { root, samples, texts, limit }).catch(logged(log, "Captions can't be checked", []));
    },
    tags: async (root) => {
      const generation = generationOf(root);
      if (generation === undefined) return [];
      const ask = () => engine.store.call("countTags", { root });
      return await tags.get(root, generation, ask).catch(logged(log, "Tags can't be counted", []));
    },
  };
}

function logged<Value>(log: (line: string) => void, what: string, otherwise: Value): (error: unknown) => Value {
  return (error) => {
    log(`${what}: ${String(error)}`);
    return otherwise;
  };
}

interface Memory<Value> {
  get(key: string, generation: string, ask: () => Promise<Value>): Promise<Value>;
}

/** Answers by key, each for one generation; one that failed is asked for again. */
function createMemory<Value>(): Memory<Value> {
  const known = new Map<string, { readonly generation: string; readonly answer: Promise<Value> }>();
  return {
    get: (key, generation, ask) => {
      const before = known.get(key);
      if (before?.generation === generation) return before.answer;
      const answer = ask();
      known.set(key, { generation, answer });
      answer.catch(() => known.delete(key));
      return answer;
    },
  };
}
