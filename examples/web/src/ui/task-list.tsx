import type { Signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Item } from "../replica/rows";
import { type Filter, found, grouped, isFiltered, UNFILTERED, type View } from "../tasks/find";
import type { Workspace } from "../workspace";
import { Confirm, type ConfirmHandle } from "./confirm";
import { Elsewhere } from "./elsewhere";
import { VIEW_NAMES } from "./navigation";
import { view } from "./route";
import type { Editing } from "./task-page";
import { TaskRow } from "./task-row";
import { TrashRow } from "./trash-row";

/** More rows than anybody reads at once cost time at every keystroke of a search. */
const SHOWN_AT_ONCE = 100;

interface Props {
  workspace: Workspace;
  filter: Signal<Filter>;
  editing: Signal<Editing>;
  heading: RefObject<HTMLElement | null>;
}

/** The tasks of a view. */
export function TaskList({ workspace, filter, editing, heading }: Props) {
  const [limit, setLimit] = useState(SHOWN_AT_ONCE);
  const list = useRef<HTMLDivElement>(null);
  const name = view.value;
  const items = found(workspace.replica.items.value, name, filter.value);
  const shown = items.slice(0, limit);
  const groups = grouped(shown, name, filter.value.order);

  /** Where the focus goes when a row goes away under it: to the same control of the next one. */
  function moveFocusFrom(key: string, control: string) {
    const place = shown.findIndex((item) => item.key === key);
    const next = shown[place + 1] ?? shown[place - 1];
    const target = next && list.current?.querySelector<HTMLElement>(`[data-key="${next.key}"] ${control}`);
    (target ?? heading.current)?.focus();
  }

  return (
    <div id="tasks" ref={list}>
      <p class="visually-hidden" role="status">
        {items.length} {items.length === 1 ? "task" : "tasks"} shown
      </p>
      {name === "trash" && items.length > 0 && <EmptyTrash workspace={workspace} items={items} heading={heading} isPart={isFiltered(filter.value)} />}
      {items.length === 0 && <Nothing workspace={workspace} name={name} filter={filter} />}
      {groups.map((group) => (
        <section key={group.heading ?? ""} aria-label={group.heading ?? undefined}>
          {group.heading && (
            <h2 class={group.heading === "Overdue" ? "group overdue" : "group"}>{group.heading}</h2>
          )}
          <ul class="tasks">
            {group.items.map((item) =>
              name === "trash" ? (
                <TrashRow key={item.key} item={item} workspace={workspace} moveFocusFrom={moveFocusFrom} />
              ) : (
                <TaskRow
                  key={item.key}
                  item={item}
                  workspace={workspace}
                  edit={() => (editing.value = { item, title: "" })}
                  showTag={(tag) => (filter.value = { ...filter.value, tag })}
                  moveFocusFrom={moveFocusFrom}
                />
              ),
            )}
          </ul>
        </section>
      ))}
      <Elsewhere items={workspace.replica.items.value} filter={filter.value} />
      {items.length > limit && (
        <button type="button" class="secondary more" onClick={() => setLimit(limit + SHOWN_AT_ONCE)}>
          Show more ({items.length - limit} left)
        </button>
      )}
    </div>
  );
}

const EMPTY: Record<View, [string, string]> = {
  open: ["Nothing to do", "Add your first task above."],
  today: ["Nothing left for today", "Tasks that are due today or overdue are shown here."],
  done: ["Nothing completed yet", "Completed tasks are shown here."],
  trash: ["The trash is empty", "Deleted tasks stay here for a while and can be restored."],
};

/** Why there is nothing to see. */
function Nothing({ workspace, name, filter }: { workspace: Workspace; name: View; filter: Signal<Filter> }) {
  const { filled } = workspace.replica;
  if (!filled.value && workspace.status.kind !== "syncing") {
    return <Empty title="Your tasks are not here yet" text="This browser has never loaded them." />;
  }
  if (!filled.value) return <Loading />;
  if (!isFiltered(filter.value)) return <Empty title={EMPTY[name][0]} text={EMPTY[name][1]} />;
  return (
    <Empty title="No matching tasks" text={`Nothing in ${VIEW_NAMES[name]} matches the search and the filters.`}>
      <button
        type="button"
        class="secondary"
        onClick={() => (filter.value = { ...filter.value, ...UNFILTERED })}
      >
        Show all
      </button>
    </Empty>
  );
}

function Empty({ title, text, children }: { title: string; text: string; children?: preact.ComponentChildren }) {
  return (
    <div class="empty">
      <svg class="empty-picture" viewBox="0 0 96 64" aria-hidden="true">
        <rect x="14" y="8" width="68" height="14" rx="7" />
        <rect x="14" y="28" width="50" height="14" rx="7" />
        <rect x="14" y="48" width="60" height="14" rx="7" />
      </svg>
      <p class="empty-title">{title}</p>
      <p>{text}</p>
      {children}
    </div>
  );
}

function Loading() {
  return (
    <div class="loading" aria-busy="true">
      <p class="visually-hidden">Loading your tasks…</p>
      {[1, 2, 3].map((number) => (
        <div key={number} class="loading-row" aria-hidden="true" />
      ))}
    </div>
  );
}

interface TrashProps {
  workspace: Workspace;
  items: Item[];
  heading: RefObject<HTMLElement | null>;
  /** Whether a filter hides some of the trash. */
  isPart: boolean;
}

function EmptyTrash({ workspace, items, heading, isPart }: TrashProps) {
  const question = useRef<ConfirmHandle>(null);
  const count = `${items.length} ${items.length === 1 ? "task" : "tasks"}`;
  return (
    <p class="trash-line">
      <button type="button" class="secondary" onClick={() => question.current?.ask()}>
        {isPart ? `Delete these ${count}` : "Empty trash"}
      </button>
      <Confirm
        ref={question}
        title={`Delete ${count} permanently?`}
        action="Delete"
        onConfirm={() => {
          heading.current?.focus();
          void workspace.erase(items);
          workspace.say({ text: `${count} deleted permanently` });
        }}
      >
        {items.length === 1 ? "It" : "They"} cannot be restored after that.
      </Confirm>
    </p>
  );
}
