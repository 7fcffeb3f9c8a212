import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonPath } from "../../../../src/core/captions/jsonText.ts";
import { findJsonLiterals, jsonLiteral } from "../../../../src/core/captions/jsonText.ts";
import { finish } from "../../../../src/core/steps.ts";

function find(text: string, path: JsonPath) {
  return finish(findJsonLiterals(text, [path]))[0];
}

/** All ways to values of a JSON value, with what they lead to. */
function* ways(value: unknown, path: JsonPath = []): Generator<[JsonPath, unknown]> {
  yield [path, value];
  if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* ways(item, [...path, index]);
  else if (typeof value === "object" && value !== null)
    for (const [name, item] of Object.entries(value)) yield* ways(item, [...path, name]);
}

describe("a way into a text of JSON", () => {
  it("leads to the strings that JSON.parse gives, and to nothing else", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom(0, 1, 3), fc.nat(), (compact, indent, pick) => {
        const value: unknown = JSON.parse(compact);
        const text = ` \n${JSON.stringify(value, null, indent)}\t`;
        const all = [...ways(value)];
        const [path, target] = all[pick % all.length]!;
        const found = find(text, path);
        expect(found?.value).toEqual(typeof target === "string" ? target : undefined);
        if (found !== undefined) expect(JSON.parse(text.slice(found.from, found.to))).toBe(target);
        expect(find(text, [...path, "not there"])).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  it("is walked once for many ways, with what each gives alone", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        const all = [...ways(JSON.parse(text))];
        const found = finish(
          findJsonLiterals(
            text,
            all.map(([path]) => path),
          ),
        );
        expect(found.map((literal) => literal?.value)).toEqual(all.map(([, value]) => (typeof value === "string" ? value : undefined)));
      }),
      { numRuns: 1000 },
    );
  });

  it("takes the last of several members with one name, as JSON.parse does", () => {
    const text = '{"a": "first", "b": 1, "\\u0061": "last"}';
    expect(find(text, ["a"])).toMatchObject({ value: "last", from: text.indexOf('"last"') });
    expect(find('{"a": "x", "a": 3}', ["a"])).toBeUndefined();
  });

  it("ends where the text does, however it is broken", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.nat(), (text, cut) => {
        find(text.slice(0, cut % (text.length + 1)), ["a", 0, "b"]);
        find(text.slice(0, cut % (text.length + 1)), [0, 0]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a string as JSON", () => {
  it("is read as it was, with escapes for all that is not ASCII where they are asked for", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.boolean(), (text, asciiOnly) => {
        const literal = jsonLiteral(text, asciiOnly);
        expect(JSON.parse(literal)).toBe(text);
        if (asciiOnly) expect(literal).toMatch(/^[\x00-\x7f]*$/);
      }),
      { numRuns: 2000 },
    );
  });
});
