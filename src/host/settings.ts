import { providerChoices, type ProviderChoice } from "../core/providers.ts";
import type manifest from "../../package.json";

/** The settings that package.json declares. */
export type SettingKey = keyof (typeof manifest)["contributes"]["configuration"]["properties"];

/** What happens when files of an analysed dataset change. */
export type WhenFilesChange = "ask" | "automatically" | "never";

/** The sizes of small pictures that a run may make for the panel, in pixels of the longer side. */
export const thumbnailsChoices = ["none", "96", "160", "256", "384"] as const;

/** One of these. */
export type ThumbnailsChoice = (typeof thumbnailsChoices)[number];

/** Whose tokens a caption is counted by: the encoder's own limit, or one of `tokenLimits`. */
export const tokenLimitChoices = ["encoder", "64", "75", "77", "150", "225", "248", "256", "512"] as const;

/** One of these. */
export type TokenLimitChoice = (typeof tokenLimitChoices)[number];

interface Reader<Value> {
  /** What holds where nothing usable is set; package.json says the same. */
  readonly otherwise: Value;
  /** The value of what was found in a settings file; undefined where it can't be used. */
  readonly parse: (found: unknown) => Value | undefined;
}

/** One reader a setting: a setting without one doesn't compile. */
export const readers = {
  "winnow.encoder.folder": text(""),
  "winnow.encoder.companion": text(""),
  "winnow.encoder.hub": text(""),
  "winnow.engine.provider": oneOf<ProviderChoice>("auto", providerChoices),
  "winnow.decode.shrinkOnLoad": flag(false),
  "winnow.run.thumbnails": oneOf<ThumbnailsChoice>("none", thumbnailsChoices),
  "winnow.run.whenFilesChange": oneOf<WhenFilesChange>("ask", ["ask", "automatically", "never"]),
  "winnow.captions.diagnostics": flag(true),
  "winnow.captions.lintsOff": texts([]),
  "winnow.captions.tokenLimit": oneOf<TokenLimitChoice>("encoder", tokenLimitChoices),
  "winnow.captions.firstLineOnly": flag(false),
  "winnow.rewrite.captionerFolder": text(""),
  "winnow.rewrite.url": text(""),
  "winnow.rewrite.model": text(""),
  "winnow.rewrite.timeout": atLeast(1, 180),
  "winnow.rewrite.concurrency": wholeFrom(1, 4),
  "winnow.rewrite.pictureSide": wholeFrom(64, 768),
  "winnow.datasets.roots": texts([]),
  "winnow.datasets.exclude": texts(["**/node_modules", "**/.venv"]),
  "winnow.cache.folder": text(""),
  "winnow.cache.limitGb": atLeast(0, 0),
  "winnow.data.folder": text(""),
  "winnow.engine.nodePath": text(""),
  "winnow.engine.packageIndex": text(""),
} as const satisfies { readonly [Key in SettingKey]: Reader<unknown> };

/** The value of a setting. */
export type SettingValue<Key extends SettingKey> = (typeof readers)[Key]["otherwise"];

/** Reads settings at the moment they are needed. */
export interface Settings {
  read<Key extends SettingKey>(key: Key): SettingValue<Key>;
}

/** Makes the settings over something that finds what was set, such as VS Code's configuration. */
export function createSettings(find: (key: SettingKey) => unknown): Settings {
  return {
    read: <Key extends SettingKey>(key: Key) => {
      const reader = readers[key] as unknown as Reader<SettingValue<Key>>;
      return reader.parse(find(key)) ?? reader.otherwise;
    },
  };
}

function flag(otherwise: boolean): Reader<boolean> {
  return { otherwise, parse: (found) => (typeof found === "boolean" ? found : undefined) };
}

function text(otherwise: string): Reader<string> {
  return { otherwise, parse: (found) => (typeof found === "string" ? found.trim() : undefined) };
}

function atLeast(least: number, otherwise: number): Reader<number> {
  return { otherwise, parse: (found) => (typeof found === "number" && Number.isFinite(found) && found >= least ? found : undefined) };
}

function wholeFrom(least: number, otherwise: number): Reader<number> {
  return { otherwise, parse: (found) => (Number.isSafeInteger(found) && Number(found) >= least ? Number(found) : undefined) };
}

function texts(otherwise: readonly string[]): Reader<readonly string[]> {
  const parse = (found: unknown): readonly string[] | undefined =>
    Array.isArray(found) ? found.filter((entry): entry is string => typeof entry === "string" && entry.trim() !== "") : undefined;
  return { otherwise, parse };
}

function oneOf<Choice extends string>(otherwise: Choice, choices: readonly Choice[]): Reader<Choice> {
  return { otherwise, parse: (found) => choices.find((choice) => choice === found) };
}
