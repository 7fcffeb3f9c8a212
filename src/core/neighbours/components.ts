import type { Edges } from "./mutual.ts";

/**
 * Joins `nodes` along edges by descending score (ties by `from`, then `to`), refusing every union of more than `maxSize` nodes but along an
 * edge of infinite score, which is a person's word. Gives each node the lowest node of its component; a node alone has itself. The order of
 * the edges doesn't matter.
 */
export function joinComponents(nodes: number, edges: Edges, maxSize = Infinity): Int32Array {
  const parents = Int32Array.from({ length: nodes }, (_, node) => node);
  const sizes = new Int32Array(nodes).fill(1);
  for (const edge of strongestFirst(edges)) {
    const a = findRoot(parents, edges.from[edge] as number);
    const b = findRoot(parents, edges.to[edge] as number);
    const size = (sizes[a] as number) + (sizes[b] as number);
    if (a === b || (size > maxSize && edges.scores[edge] !== Infinity)) continue;
    const [root, joined] = a < b ? [a, b] : [b, a];
    parents[joined] = root;
    sizes[root] = size;
  }
  return parents.map((_, node) => findRoot(parents, node));
}

/** The components of at least two nodes, as ascending lists, ordered by their lowest node. */
export function listComponents(roots: Int32Array): number[][] {
  const members = new Map<number, number[]>();
  roots.forEach((root, node) => {
    const component = members.get(root);
    if (component === undefined) members.set(root, [node]);
    else component.push(node);
  });
  return [...members.values()].filter((component) => component.length > 1);
}

function strongestFirst({ from, to, scores }: Edges): Uint32Array {
  const order = Uint32Array.from({ length: from.length }, (_, edge) => edge);
  const compare = (values: ArrayLike<number>, a: number, b: number) => (values[a] as number) - (values[b] as number);
  return order.sort((a, b) => compare(scores, b, a) || compare(from, a, b) || compare(to, a, b));
}

/** The root of a node, halving the path to it on the way (Tarjan and van Leeuwen, 1984). */
function findRoot(parents: Int32Array, node: number): number {
  let at = node;
  while (parents[at] !== at) {
    const grandparent = parents[parents[at] as number] as number;
    parents[at] = grandparent;
    at = grandparent;
  }
  return at;
}
