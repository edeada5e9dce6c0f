// Reads a graph as mermaid does, from standard input; prints its nodes and edges as JSON.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");
const text = readFileSync(0, "utf8");
await mermaid.parse(text); // it also loads what reads graphs of this kind
const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
const nodes = [...db.getVertices().values()].map((node) => [node.id, node.text]);
console.log(JSON.stringify({ nodes, edges: db.getEdges().map((edge) => [edge.start, edge.end]) }));
