import type { Signal } from "@preact/signals";
import { useId, useRef, useState } from "preact/hooks";
import { localDate } from "../tasks/due";
import type { Workspace } from "../workspace";
import { Icon } from "./icons";
import { view } from "./route";
import type { Editing } from "./task-page";

/** One line for a new task; everything else about it has a dialog. */
export function AddTask({ workspace, editing }: { workspace: Workspace; editing: Signal<Editing> }) {
  const [title, setTitle] = useState("");
  const [error, setError] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const id = useId();

  async function add(event: Event) {
    event.preventDefault();
    if (!title.trim()) {
      setError("Write what there is to do.");
      input.current?.focus();
      return;
    }
    setError("");
    setTitle("");
    // In the view of today, a task without a date would vanish at once.
    const due = view.value === "today" ? { due: { date: localDate(new Date()) } } : {};
    await workspace.add({ title, ...due });
  }

  return (
    <form class="add" onSubmit={add} noValidate>
      <div class="add-line">
        <Icon name="plus" />
        <input
          ref={input}
          aria-label="New task"
          aria-invalid={Boolean(error)}
          aria-describedby={error ? id : undefined}
          placeholder="Add a task"
          autocomplete="off"
          value={title}
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
