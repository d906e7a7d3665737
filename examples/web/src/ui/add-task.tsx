import type { Signal } from "@preact/signals";
import { useId, useRef, useState } from "preact/hooks";
import { localDate } from "../tasks/due";
import { type Filter, found, UNFILTERED } from "../tasks/find";
import { undo, type Workspace } from "../workspace";
import { Icon } from "./icons";
import { view } from "./route";
import type { Editing } from "./task-page";

interface Props {
  workspace: Workspace;
  editing: Signal<Editing>;
  filter: Signal<Filter>;
}

/** One line for a new task; its other members are in a dialog. */
export function AddTask({ workspace, editing, filter }: Props) {
  const [title, setTitle] = useState("");
  const [error, setError] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const id = useId();

  function add(event: Event) {
    event.preventDefault();
    if (!title.trim()) {
      setError("Enter a task.");
      input.current?.focus();
      return;
    }
    setError("");
    setTitle("");
    addAll([title]);
  }

  /** Each line of a pasted list is a task. */
  function paste(event: ClipboardEvent) {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const titles = text.split(/\r?\n/).map(titleOf).filter(Boolean);
    if (titles.length < 2) return;
    event.preventDefault();
    addAll(titles);
  }

  async function addAll(titles: string[]) {
    // In the view of today, a task without a date would vanish at once.
    const due = view.value === "today" ? { due: { date: localDate(new Date()) } } : {};
    const keys = await workspace.add(titles.map((title) => ({ title, ...due })));
    const items = () => workspace.replica.items.value.filter(({ key }) => keys.includes(key));
    const shown = found(items(), view.value, filter.value).length;
    const what = titles.length === 1 ? `“${titles[0]!.trim()}”` : `${titles.length} tasks`;
    if (shown < keys.length) {
      const show = () => (filter.value = { ...filter.value, ...UNFILTERED });
      workspace.say({ text: `Added ${what}, hidden by the search or filter.`, action: { name: "Show", run: show } });
    } else if (titles.length > 1) {
      workspace.say({ text: `Added ${what}`, action: undo(() => workspace.remove(...items())) });
    }
  }

  return (
    <form class="add" onSubmit={add} noValidate>
      <div class="add-line">
        <Icon name="plus" />
        <input
          ref={input}
          id="new-task"
          aria-label="New task"
          aria-invalid={Boolean(error)}
          aria-describedby={error ? id : undefined}
          placeholder="Add a task"
          autocomplete="off"
          value={title}
          onPaste={paste}
          onInput={(event) => (setTitle(event.currentTarget.value), setError(""))}
        />
        <button
          type="button"
          class="quiet"
          aria-label="Add with details"
          title="Add with details"
          onClick={() => {
            editing.value = { item: null, title };
            setTitle("");
            setError("");
          }}
        >
          <Icon name="sliders" />
        </button>
        <button type="submit" class="primary">
          Add
        </button>
      </div>
      {error && (
        <p id={id} class="field-error" role="alert">
          {error}
        </p>
      )}
    </form>
  );
}

/** A line of a list without its bullet, number or box. */
function titleOf(line: string): string {
  return line.replace(/^\s*(?:[-*•]|\d+[.)])?\s*(?:\[[ xX]?\])?\s*/, "").trim();
}
