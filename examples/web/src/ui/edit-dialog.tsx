import type { Signal } from "@preact/signals";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Refusal } from "../replica/rows";
import { ownZone } from "../tasks/due";
import { PRIORITIES } from "../tasks/find";
import type { Workspace } from "../workspace";
import { Confirm, type ConfirmHandle } from "./confirm";
import { Field, focusFirstInvalid, FormError } from "./field";
import { PRIORITY_NAMES } from "./filters";
import { changes, contentOf, readForm } from "./task-form";
import type { Editing } from "./task-page";

interface Props {
  workspace: Workspace;
  editing: Signal<Editing>;
}

/** A form for all of a task. */
export function EditDialog({ workspace, editing }: Props) {
  const { item, title } = editing.value!;
  const [content] = useState(() => contentOf(item, title));
  const [date, setDate] = useState(content.due?.date ?? "");
  const [time, setTime] = useState(content.due?.time ?? "");
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  const form = useRef<HTMLFormElement>(null);
  const question = useRef<ConfirmHandle>(null);
  const id = useId();
  const row = item && `[data-key="${item.key}"] .task-title`;
  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    form.current?.querySelector("input")?.focus();
    const warn = (event: BeforeUnloadEvent) => isChanged() && event.preventDefault();
    window.addEventListener("beforeunload", warn);
    // Its row may have moved to another group, and is then another element.
    return () => {
      window.removeEventListener("beforeunload", warn);
      const place = opener?.isConnected ? opener : document.querySelector<HTMLElement>(row ?? "h1");
      place?.focus();
    };
  }, []);

  async function save(event: Event) {
    event.preventDefault();
    if (busy) return;
    const entered = readForm(new FormData(form.current!));
    const patch = item ? changes(content, entered) : entered;
    if (Object.keys(patch).length === 0) return close();
    setBusy(true);
    const refused = await workspace.save(item, patch);
    setBusy(false);
    setRefusal(refused);
    if (!refused) return close();
    focusFirstInvalid(form.current);
  }

  function close() {
    dialog.current?.close();
  }

  function isChanged() {
    return Object.keys(changes(content, readForm(new FormData(form.current!)))).length > 0;
  }

  /** Asks before typed text is lost. */
  function leave() {
    if (isChanged()) question.current?.ask();
    else close();
  }

  function press(event: KeyboardEvent) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save(event);
    if (event.key !== "Escape" || (event.target as HTMLElement).closest("[role=alertdialog]")) return;
    // Browsers close a dialog at the second Escape whatever its `cancel` event is told.
    event.preventDefault();
    leave();
  }

  const fields = refusal?.fields ?? {};
  const at = (pointer: string) =>
    Object.entries(fields).find(([known]) => known === pointer || known.startsWith(`${pointer}/`))?.[1];
  const shown = ["/title", "/description", "/priority", "/due", "/tags"].some(at);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={id}
      onKeyDown={press}
      onCancel={(event) => {
        if (event.target !== dialog.current) return;
        event.preventDefault();
        leave();
      }}
      onClose={(event) => event.target === dialog.current && (editing.value = null)}
    >
      <form ref={form} onSubmit={save} noValidate>
        <h2 id={id}>{item ? "Edit task" : "New task"}</h2>
        <FormError>{!shown && refusal?.message}</FormError>
        <Field label="Title" error={at("/title")}>
          {(control) => <input {...control} name="title" autocomplete="off" defaultValue={content.title} required />}
        </Field>
        <Field label="Description" error={at("/description")}>
          {(control) => <textarea {...control} name="description" rows={3} defaultValue={content.description ?? ""} />}
        </Field>
        <fieldset class="priorities">
          <legend>Priority</legend>
          {[...PRIORITIES].reverse().map((name) => (
            <label key={name} class={`priority-${name}`}>
              <input type="radio" name="priority" value={name} defaultChecked={content.priority === name} />
              <span>{PRIORITY_NAMES[name]}</span>
            </label>
          ))}
        </fieldset>
        <div class="due-fields">
          <Field label="Due date" error={at("/due/date") ?? fields["/due"]}>
            {(control) => (
              <input
                {...control}
                name="date"
                type="date"
                value={date}
                onInput={(event) => setDate(event.currentTarget.value)}
              />
            )}
          </Field>
          <Field label="Time" error={at("/due/time")}>
            {(control) => (
              <input
                {...control}
                name="time"
                type="time"
                disabled={!date}
                value={date ? time : ""}
                onInput={(event) => setTime(event.currentTarget.value)}
              />
            )}
          </Field>
          <Field label="Time zone" error={at("/due/timezone")}>
            {(control) => <Zones {...control} disabled={!date || !time} chosen={content.due?.timezone ?? ""} />}
          </Field>
        </div>
        <Field label="Tags" hint="Separated by commas." error={at("/tags")}>
          {(control) => <input {...control} name="tags" autocomplete="off" defaultValue={content.tags.join(", ")} />}
        </Field>
        <div class="dialog-actions">
          <button type="button" class="secondary" onClick={leave}>
            Cancel
          </button>
          <button type="submit" class="primary" aria-disabled={busy}>
            {item ? "Save" : "Add task"}
          </button>
        </div>
      </form>
      <Confirm ref={question} title="Discard your changes?" action="Discard" cancel="Keep editing" onConfirm={close}>
        What you typed has not been saved.
      </Confirm>
    </dialog>
  );
}

/** A time without a zone means the reader's own, wherever they are. */
function Zones({ chosen, ...control }: { chosen: string; disabled: boolean; id: string }) {
  const zones = [...new Set([chosen, ownZone, ...Intl.supportedValuesOf("timeZone")])].filter(Boolean);
  return (
    <select {...control} name="timezone" defaultValue={chosen}>
      <option value="" selected={!chosen}>
        My time zone
      </option>
      {zones.map((zone) => (
        <option key={zone} value={zone} selected={zone === chosen}>
          {zone.replaceAll("_", " ")}
        </option>
      ))}
    </select>
  );
}
