/** What the page's HTML is made of; URIs are as the webview may load them. */
export interface PageParts {
  readonly title: string;
  readonly scriptUri: string;
  readonly styleUri: string;
  /** VS Code's source for the files of `localResourceRoots`. */
  readonly cspSource: string;
  /** Fresh for every panel, one for the script and one for the style that the toolkit makes to learn what the browser knows. */
  readonly scriptNonce: string;
  readonly styleNonce: string;
}

/**
 * The page before its script: it paints at once, and may do nothing but what is named here. Small pictures come as `blob:`, the full one by
 * `cspSource`. The toolkit's styles are constructed sheets, which need no allowance, but for one empty style with the nonce of `csp-nonce`.
 */
export function pageHtml({ title, scriptUri, styleUri, cspSource, scriptNonce, styleNonce }: PageParts): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${scriptNonce}'`,
    `style-src ${cspSource} 'nonce-${styleNonce}'`,
    `img-src ${cspSource} blob:`,
    `font-src ${cspSource}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}" />
    <meta property="csp-nonce" content="${styleNonce}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${escapeHtml(title)}</title>
    <link rel="stylesheet" href="${escapeHtml(styleUri)}" />
  </head>
  <body>
    <div id="app"><p class="starting" role="status">Opening ${escapeHtml(title)} …</p></div>
    <script nonce="${scriptNonce}" src="${escapeHtml(scriptUri)}"></script>
  </body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
