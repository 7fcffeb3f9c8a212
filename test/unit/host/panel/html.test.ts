import { describe, expect, it } from "vitest";
import { pageHtml } from "../../../../src/host/panel/html.ts";

const parts = {
  title: `"><script>alert(1)</script>`,
  scriptUri: "https://resource/main.js",
  styleUri: "https://resource/main.css?a=1&b=2",
  cspSource: "https://*.vscode-cdn.net",
  scriptNonce: "c2NyaXB0",
  styleNonce: "c3R5bGU=",
};

describe("pageHtml", () => {
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(pageHtml(parts))?.[1] ?? "";

  it("allows the one script by its nonce and nothing by default", () => {
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'nonce-c2NyaXB0';");
    expect(pageHtml(parts).match(/<script/g)).toHaveLength(1);
    expect(pageHtml(parts)).toContain(`<script nonce="c2NyaXB0" src="https://resource/main.js"></script>`);
  });

  it("allows no inline script, no eval, no connection and no data URI", () => {
    expect(policy).not.toMatch(/unsafe|connect-src|data:|\*(?!\.vscode-cdn)|worker-src/);
    expect(pageHtml(parts)).not.toMatch(/\son\w+=|\sstyle=/);
  });

  it("tells the toolkit the nonce of styles, which is not the script's", () => {
    expect(pageHtml(parts)).toContain(`<meta property="csp-nonce" content="c3R5bGU=" />`);
    expect(policy).toContain("style-src https://*.vscode-cdn.net 'nonce-c3R5bGU='");
  });

  it("takes a dataset's name as text", () => {
    expect(pageHtml(parts)).toContain("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(pageHtml(parts)).toContain("main.css?a=1&amp;b=2");
  });
});
