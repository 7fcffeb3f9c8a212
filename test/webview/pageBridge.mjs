// Runs in the page before its own script: stands in for what VS Code gives to a webview.
(() => {
  const arrays = { Uint8Array, Uint32Array, Int32Array, Float32Array, Float64Array };
  const encode = (value) => {
    if (ArrayBuffer.isView(value)) {
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      let text = "";
      for (const byte of bytes) text += String.fromCharCode(byte);
      return { $array: value.constructor.name, base64: btoa(text) };
    }
    if (Array.isArray(value)) return value.map(encode);
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, encode(inner)]));
    return value;
  };
  const decode = (value) => {
    if (Array.isArray(value)) return value.map(decode);
    if (typeof value !== "object" || value === null) return value;
    if (value.$array !== undefined) {
      const bytes = Uint8Array.from(atob(value.base64), (letter) => letter.charCodeAt(0));
      return new arrays[value.$array](bytes.buffer);
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decode(inner)]));
  };
  let taken = false;
  window.acquireVsCodeApi = () => {
    if (taken) throw new Error("acquireVsCodeApi may be called once");
    taken = true;
    return {
      postMessage: (message) => void window.winnowPost(JSON.stringify(encode(message))),
      getState: () => window.winnowState,
      setState: (state) => (window.winnowState = structuredClone(state)),
    };
  };
  window.winnowTake = (text) => window.postMessage(decode(JSON.parse(text)), "*");
})();
