import type { Signal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";

const SHORTCUTS = [
  ["n", "Add a task"],
  ["/", "Search"],
  ["Ctrl Enter", "Save in a dialog"],
  ["Escape", "Close a dialog"],
  ["?", "Show this list"],
] as const;

/** Single keys that work wherever nobody is typing. */
export function useShortcuts(help: Signal<boolean>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const isTyping = target.matches("input:not([type=checkbox]), textarea, select") || target.isContentEditable;
      const isTaken = event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented;
      if (isTyping || isTaken || document.querySelector("dialog[open]")) return;
      if (event.key === "?") help.value = true;
      else if (event.key === "/") focus("#search");
      else if (event.key === "n") focus("#new-task");
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

function focus(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

/** The list of shortcuts. */
export function Shortcuts({ help }: { help: Signal<boolean> }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="dialog dialog-small" aria-labelledby={id} onClose={() => (help.value = false)}>
      <h2 id={id}>Keyboard shortcuts</h2>
      <dl class="shortcuts">
        {SHORTCUTS.map(([keys, text]) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <div class="dialog-actions">
        <button type="button" class="secondary" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  );
}
