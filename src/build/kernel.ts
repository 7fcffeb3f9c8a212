import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("pixelKernel.as", import.meta.url));

/** Where the compiled kernel lies: in the sources, so that they run without being built. */
export const kernelFile = fileURLToPath(new URL("../engine/decode/pixelKernelBytes.ts", import.meta.url));

// AssemblyScript compiles files that end in .ts and nothing else; ours doesn't, so that no other tool takes it for TypeScript.
const entry = "pixelKernel.ts";

interface Compiler {
  readonly main: (words: readonly string[], files: CompilerFiles) => Promise<{ readonly error: Error | null }>;
}

interface CompilerFiles {
  readonly stderr: { write(chunk: string): void };
  readonly readFile: (name: string) => string | null;
  readonly writeFile: (name: string, contents: Uint8Array) => void;
  readonly listFiles: () => readonly string[];
}

// TypeScript must not follow the name: AssemblyScript's declarations would change those of Array for the whole program.
const compiler: string = "assemblyscript/asc";

/** Compiles the kernel of pictures; gives the text of `kernelFile`. Throws with the compiler's words where it can't. */
export async function compileKernel(): Promise<string> {
  const { main } = (await import(compiler)) as Compiler;
  const text = await readFile(source, "utf8");
  let bytes: Uint8Array | undefined;
  let told = "";
  const words = [entry, "--outFile", "kernel.wasm", "-O3", "--runtime", "stub", "--importMemory", "--enable", "simd", "--noAssert"];
  const { error } = await main(words, {
    stderr: { write: (chunk) => void (told += chunk) },
    readFile: (name) => (name === entry ? text : null),
    writeFile: (_, contents) => void (bytes = contents),
    listFiles: () => [],
  });
  if (error !== null || bytes === undefined) throw new Error(`The kernel can't be compiled: ${told}`, { cause: error });
  const base64 = Buffer.from(bytes).toString("base64");
  return [
    "// Made by `node src/build/kernel.ts` from pixelKernel.as beside it.",
    "",
    "/** The WebAssembly of pixelKernel.ts as base64. */",
    "export const pixelKernelBytes =",
    `  "${base64}";`,
    "",
  ].join("\n");
}

if (import.meta.main) await writeFile(kernelFile, await compileKernel());
