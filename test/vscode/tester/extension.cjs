// Runs in the extension host of a real VS Code: made-up language models, and a command that uses Winnow's tools as a model would. What it was asked stands in
// `tester.jsonl` beside Winnow's data folder; what tools answer in `toolAnswers.json`, by the uses in `toolUses.json`.
const { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const vscode = require("vscode");

const folder = dirname(process.env.WINNOW_DATA);

/** Good, bad and glitchy answers: two captions are put right, one is made wrong, one is refused. */
function rewrite(caption) {
  const right = caption.replace(" and a zebra", "");
  if (/pink hearts/.test(caption)) return right.replace("pink", "green");
  return /brown ring/.test(caption) ? "I'm sorry, I can't describe this image." : right;
}

const models = {
  good: async ({ text, picture }, say) => {
    if (/Which colour/.test(text)) return say(picture ? "Orange" : "NONE");
    const answer = rewrite(JSON.parse(/Caption: ("(?:[^"\\]|\\.)*")/.exec(text)[1]));
    say(answer.slice(0, 5)); // answers come in pieces
    say(answer.slice(5));
  },
  blind: async ({ picture }, say) => {
    if (picture) throw new Error("This model takes no images");
    say("NONE");
  },
  forbidden: async () => {
    throw vscode.LanguageModelError.NoPermissions("Not allowed");
  },
  "used-up": async ({ text }, say) => {
    if (/Which colour/.test(text)) return say("orange");
    throw vscode.LanguageModelError.Blocked("Come back tomorrow");
  },
  stubborn: async ({ text }, say) => {
    if (/Which colour/.test(text)) return say("orange");
    await new Promise(() => undefined); // obeys no cancel
  },
};

const names = {
  good: "Good Model",
  blind: "Blind Model",
  forbidden: "Forbidden Model",
  "used-up": "Used-Up Model",
  stubborn: "Stubborn Model",
};

const provider = {
  provideLanguageModelChatInformation: () =>
    Object.entries(names).map(([id, name]) => ({
      ...{ id, name, family: "tester", version: "1", maxInputTokens: 8000, maxOutputTokens: 1000 },
      capabilities: { imageInput: true, toolCalling: false },
    })),
  provideLanguageModelChatResponse: async ({ id }, messages, _options, progress) => {
    const parts = messages.flatMap(({ content }) => content);
    const text = parts.map(({ value }) => (typeof value === "string" ? value : "")).join("\n");
    const picture = parts.find((part) => part instanceof vscode.LanguageModelDataPart);
    appendFileSync(join(folder, "tester.jsonl"), `${JSON.stringify({ model: id, text, mime: picture?.mimeType ?? null })}\n`);
    await models[id]({ text, picture }, (piece) => progress.report(new vscode.LanguageModelTextPart(piece)));
  },
  provideTokenCount: async (_model, text) => String(typeof text === "string" ? text : "").split(/\s+/).length,
};

async function useTools() {
  const answers = [];
  for (const { name, input } of JSON.parse(readFileSync(join(folder, "toolUses.json"), "utf8"))) {
    try {
      const { content } = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
      answers.push({ answer: JSON.parse(content.map(({ value }) => value).join("")) });
    } catch (error) {
      answers.push({ error: error.message });
    }
  }
  const told = vscode.lm.tools.map(({ name }) => name);
  const path = join(folder, "toolAnswers.json");
  writeFileSync(`${path}.part`, JSON.stringify({ told, answers }));
  renameSync(`${path}.part`, path);
}

exports.activate = ({ subscriptions }) => {
  if (!existsSync(folder)) throw new Error(`${folder} is not there`);
  subscriptions.push(
    vscode.lm.registerLanguageModelChatProvider("tester", provider),
    vscode.commands.registerCommand("tester.useTools", useTools),
  );
};
