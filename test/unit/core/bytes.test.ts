import { expect, test } from "vitest";
import { formatBytes, parseBytes } from "../../../src/core/bytes.ts";

test.each([
  ["20GB", 20e9],
  ["1.5 tb", 1.5e12],
  ["800000", 800_000],
  ["0", 0],
  [" 3 kb ", 3000],
])("%j is a size", (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

test.each(["", "GB", "-1GB", "20 GiB", "1e3", "many"])("%j is no size", (text) => {
  expect(parseBytes(text)).toBeUndefined();
});

test.each([
  [1, "1 byte"],
  [999, "999 bytes"],
  [1234, "1.2 KB"],
  [999_999, "1 MB"],
  [20e9, "20 GB"],
  [1_234e12, "1,234 TB"],
])("%d bytes are told as %j", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
