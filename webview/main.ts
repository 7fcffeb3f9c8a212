import type { HostToPanel, PanelSnapshot, PanelToHost } from "../src/protocol/panelApi.ts";
import { connect } from "../src/protocol/rpc.ts";
import { App } from "./app.ts";
import { openConnection, type PageApi } from "./connection.ts";
import { registerThumbnail } from "./parts/thumbnail.ts";
import { createStore, parseState } from "./state.ts";
import { Thumbnails } from "./thumbnails.ts";
import { registerToolkit } from "./toolkit.ts";
import { createInspector } from "./views/inspector/inspector.ts";
import { tabs } from "./views/tabs.ts";

declare function acquireVsCodeApi(): PageApi;

registerToolkit();
registerThumbnail();

const page = acquireVsCodeApi();
const root = document.getElementById("app")!;

// What the extension sends may come between the first state's answer and the app that is made of it: it waits for that.
const host = connect<HostToPanel, PanelToHost>(openConnection(page), {
  snapshot: async (snapshot) => {
    (await app).onSnapshot(snapshot);
    return null;
  },
  show: async (destination) => {
    (await app).show(destination);
    return null;
  },
  perform: async ({ action }) => {
    (await app).perform(action);
    return null;
  },
});
const app = host.call("ready", { state: page.getState() ?? null }).then(start);

app.catch((error: unknown) => {
  const message = document.createElement("p");
  message.className = "start-failed";
  message.role = "alert";
  message.textContent = error instanceof Error ? error.message : String(error);
  root.replaceChildren(message);
});

function start(snapshot: PanelSnapshot): App {
  const store = createStore(parseState(page.getState(), snapshot.overview.root), (state) => page.setState(state));
  page.setState(store.get());
  const thumbnails = new Thumbnails({
    host,
    schedule: (work) => void requestAnimationFrame(work),
    onError: (error) => void host.call("report", { message: "Small pictures can't be read", detail: String(error) }),
  });
  return new App({ root, host, store, thumbnails, tabs, createInspector, snapshot });
}
