import { describe, expect, it } from "vitest";
import { findMainLanguage, nameOfLanguage } from "../../../../src/core/captions/mainLanguage.ts";
import { detectLanguages } from "../../../../src/engine/run/detectLanguages.ts";
import { envIn } from "../store/workplace.ts";

const detect = (texts: readonly string[]) => detectLanguages(envIn("/nowhere"), texts, new AbortController().signal);

describe("the languages of captions", () => {
  it("are told of a short sentence, whatever it is written in", async () => {
    const captions = {
      en: "a man rides a bicycle down the street",
      de: "Eine Frau mit einem roten Hut",
      fr: "Deux enfants jouent sur la plage",
      es: "Un perro corre por la nieve",
      pt: "Um homem anda de bicicleta na rua",
      pl: "Mężczyzna jedzie rowerem po ulicy",
      ru: "Мужчина едет на велосипеде по улице",
      ja: "通りで自転車に乗る男性",
      zh: "两个孩子在沙滩上玩耍",
      ar: "طفلان يلعبان على الشاطئ",
    };
    expect(await detect(Object.values(captions))).toEqual(Object.keys(captions));
  });

  it("are unknown where a text is too short to tell, or has no words", async () => {
    expect(await detect(["red car", "a small dog", "IMG_1234", "123 456", "…", ""])).toEqual(Array(6).fill(undefined));
  });

  it("stop where the run is stopped", async () => {
    let times = 0;
    const slow = { ...envIn("/nowhere"), now: () => (times += 10) };
    const stopped = AbortSignal.abort(new Error("stopped"));
    await expect(detectLanguages(slow, ["a dog runs through snow", "a cat sits on a mat"], stopped)).rejects.toThrow("stopped");
  });
});

describe("the main language", () => {
  it("is the one of most captions whose language is known", () => {
    expect(findMainLanguage(["en", undefined, "de", "en", undefined, undefined])).toBe("en");
  });

  it("is unknown where no language has more than half, or nothing is known", () => {
    expect(findMainLanguage(["en", "de", "de", "en"])).toBeUndefined();
    expect(findMainLanguage([undefined])).toBeUndefined();
  });

  it("has an English name", () => {
    expect([nameOfLanguage("de"), nameOfLanguage("zh")]).toEqual(["German", "Chinese"]);
  });
});
