import tseslint from "typescript-eslint";

const noBarrels = [
  { selector: "ExportAllDeclaration", message: "No barrels: import from the file that makes it." },
  { selector: "ExportNamedDeclaration[source]", message: "No re-exports: import from the file that makes it." },
  { selector: "ExportDefaultDeclaration", message: "No default exports: a thing has one name." },
  { selector: "TSEnumDeclaration", message: "Unions by kind instead of enums." },
];

export default tseslint.config(
  { ignores: ["out/**", "dist/**", "node_modules/**", ".venv/**", "media/**", "**/*.mjs", "**/*.mts", "**/*.cjs"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ["src/*/tsconfig.json", "webview/tsconfig.json", "test/tsconfig.json"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-restricted-syntax": ["error", ...noBarrels],
      "max-params": ["error", 4],
      "max-lines": ["error", 500],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // Indexed access into typed arrays is checked by noUncheckedIndexedAccess; `!` says "in range by construction".
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
    },
  },
  { files: ["test/**/*.ts"], rules: { "max-lines-per-function": "off", "@typescript-eslint/no-unsafe-assignment": "off" } },
);
