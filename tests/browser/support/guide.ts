/** What `docs/frontend.md` tells its readers to write and to run. */

import { readFile } from "node:fs/promises";
import { guide } from "./places.ts";

/** A fenced block of the guide. */
export interface Block {
  language: string;
  content: string;
  /** The path that stands alone above the fence; null without one. */
  file: string | null;
}

/** Commands, and what they print where the guide says so. */
export interface Commands {
  text: string;
  prints: string | null;
}

export async function blocks(): Promise<Block[]> {
  const text = await readFile(guide, "utf8");
  const fenced = text.matchAll(/(?:^`([^`\n]+)`\n\n)?^```(\w*)\n(.*?)^```$/gms);
  return [...fenced].map(([, file, language, content]) => ({ file: file ?? null, language: language!, content: content! }));
}

export function filesOf(blocks: Block[]): Map<string, string> {
  return new Map(blocks.flatMap(({ file, content }) => (file === null ? [] : [[file, content]])));
}

export function commandsOf(blocks: Block[]): Commands[] {
  return blocks.flatMap(({ language, content }, index) => {
    const next = blocks[index + 1];
    return language === "sh" ? [{ text: content.trimEnd(), prints: next?.language === "text" ? next.content : null }] : [];
  });
}
