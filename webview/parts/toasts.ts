import { html, nothing, render } from "lit-html";

/** Short sentences at the foot of the page, read by screen readers; errors stay until they are closed. */
export interface Toasts {
  readonly element: HTMLElement;
  show(message: string, options?: { readonly kind?: "done" | "error"; readonly undo?: boolean }): void;
}

interface Toast {
  readonly number: number;
  readonly message: string;
  readonly kind: "done" | "error";
  readonly undo: boolean;
}

const shownMs = 6000;
const mostShown = 3;

/** Makes the place for them. */
export function createToasts({ onUndo }: { onUndo: () => void }): Toasts {
  const element = document.createElement("div");
  element.className = "toasts";
  element.setAttribute("aria-live", "polite");
  let toasts: readonly Toast[] = [];
  let lastNumber = 0;
  const close = ({ number }: Toast): void => {
    toasts = toasts.filter((other) => other.number !== number);
    draw();
  };
  const draw = (): void => {
    render(
      toasts.map(
        (toast) =>
          html`<div class="toast ${toast.kind}" role=${toast.kind === "error" ? "alert" : "status"}>
            <span class="codicon codicon-${toast.kind === "error" ? "error" : "check"}" aria-hidden="true"></span>
            <span class="toast-message">${toast.message}</span>
            ${
              toast.undo
                ? html`<vscode-button
                    appearance="secondary"
                    @click=${() => {
                      close(toast);
                      onUndo();
                    }}
                    >Undo</vscode-button
                  >`
                : nothing
            }
            <vscode-button appearance="icon" aria-label="Close" @click=${() => close(toast)}
              ><span class="codicon codicon-close"></span
            ></vscode-button>
          </div>`,
      ),
      element,
    );
  };
  return {
    element,
    show: (message, { kind = "done", undo = false } = {}) => {
      lastNumber += 1;
      const toast: Toast = { number: lastNumber, message, kind, undo };
      // Undo takes back the last operation: only the latest sentence may offer it.
      const earlier = toasts.filter((other) => other.message !== message).map(withoutUndo);
      toasts = [...earlier, toast].slice(-mostShown);
      draw();
      if (kind === "done") setTimeout(() => close(toast), shownMs);
    },
  };
}

function withoutUndo(toast: Toast): Toast {
  return { ...toast, undo: false };
}
