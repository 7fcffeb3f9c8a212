import { html, render } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import type { PanelContext } from "../../context.ts";

/** The field for a search by meaning: a text, or a picture that the person chooses. Its element and how it shows the panel's search. */
export function createSearchField(context: PanelContext): { readonly element: HTMLElement; update(): void } {
  const element = document.createElement("div");
  element.className = "search-field";
  let input: HTMLInputElement | undefined;
  let shown = "";
  const search = (): void => {
    const text = input?.value.trim() ?? "";
    shown = text;
    context.store.set({ search: text === "" ? null : { kind: "text", text } });
  };
  const choosePicture = async (): Promise<void> => {
    try {
      const chosen = await context.host.call("choosePicture", null);
      if (chosen !== null) context.store.set({ search: { kind: "image", path: chosen.path } });
    } catch (error) {
      context.fail(error);
    }
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Enter") search();
    else if (event.key === "Escape" && input !== undefined && input.value !== "") {
      input.value = "";
      if (context.store.get().search?.kind === "text") search();
    } else return;
    event.preventDefault();
  };
  render(
    html`<span class="codicon codicon-search-sparkle" aria-hidden="true"></span
      ><input
        ${ref((found) => (input = found as HTMLInputElement | undefined))}
        type="text"
        placeholder="Search pictures by text …"
        aria-label="Search pictures by text"
        title="What a picture shows, in words: the nearest come first (Enter)"
        @keydown=${onKey}
      /><vscode-button
        appearance="icon"
        aria-label="Search by a picture"
        title="Search by a picture from a file …"
        @click=${() => void choosePicture()}
        ><span class="codicon codicon-file-media"></span
      ></vscode-button>`,
    element,
  );
  return {
    element,
    update: () => {
      const { search: current } = context.store.get();
      const text = current?.kind === "text" ? current.text : "";
      if (input === undefined || text === shown) return;
      shown = text;
      input.value = text;
    },
  };
}
