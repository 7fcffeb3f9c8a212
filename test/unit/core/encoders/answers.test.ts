import { expect, test } from "vitest";
import { parseAnswer, withAnswer } from "../../../../src/core/encoders/answers.ts";

test("an answer is what its place holds: text, a number, or numbers", () => {
  expect(parseAnswer("text.tokenizer", "12")).toEqual({ value: "12" });
  expect(parseAnswer("logitScale", " 100 ")).toEqual({ value: 100 });
  expect(parseAnswer("image.preprocessing.mean", "0.1, 0.2,0.3")).toEqual({ value: [0.1, 0.2, 0.3] });
});

test("what is no number is told, an empty part included", () => {
  expect(parseAnswer("dim", "many")).toEqual({ expected: "a number" });
  expect(parseAnswer("dim", "1,2")).toEqual({ expected: "a number" });
  expect(parseAnswer("image.preprocessing.std", "0.1,,0.3")).toEqual({ expected: "numbers with commas" });
});

test("an answer goes to its place and leaves the others, and what was said before, as they are", () => {
  const before = { family: "clip", image: { input: "x" } };
  expect(withAnswer(before, "image.preprocessing.size", 224)).toEqual({ ...before, image: { input: "x", preprocessing: { size: 224 } } });
  expect(before).toEqual({ family: "clip", image: { input: "x" } });
});
