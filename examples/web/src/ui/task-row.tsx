import type { Item } from "../replica/rows";
import { dueText, isOverdue, zoneText } from "../tasks/due";
import { undo, type Workspace } from "../workspace";
import { PRIORITY_NAMES } from "./filters";
import { Icon } from "./icons";

interface Props {
  item: Item;
  workspace: Workspace;
  edit: () => void;
  showTag: (tag: string) => void;
  moveFocusFrom: (key: string, control: string) => void;
}

/** A live task. */
export function TaskRow({ item, workspace, edit, showTag, moveFocusFrom }: Props) {
  const { task } = item;

  function toggle() {
    const completed = !task.completed;
    moveFocusFrom(item.key, "input");
    void workspace.complete(item, completed);
    workspace.say({
      text: completed ? `Completed “${task.title}”` : `“${task.title}” is open again`,
      action: undo(() => workspace.complete(item, !completed)),
    });
  }

  function remove() {
    moveFocusFrom(item.key, ".row-remove");
    void workspace.remove(item);
    workspace.say({ text: `Moved “${task.title}” to the trash`, action: undo(() => workspace.restore(item)) });
  }

  return (
    <li class="task" data-key={item.key}>
      <input
        type="checkbox"
        class={`check priority-${task.priority}`}
        aria-label={`Completed: ${task.title}`}
        checked={task.completed}
        onClick={(event) => isSlip(event, item.key) && event.preventDefault()}
        onChange={toggle}
      />
      <div class="task-body">
        <button type="button" class={task.completed ? "task-title done" : "task-title"} onClick={edit}>
          {task.title}
        </button>
        <Details item={item} showTag={showTag} />
        {item.refusal && (
          <p class="refusal">
            Not saved: {item.refusal.message}{" "}
            <button type="button" class="link" onClick={edit}>
              Change it
            </button>{" "}
            or{" "}
            <button type="button" class="link" onClick={() => workspace.discard(item)}>
              discard it
            </button>
          </p>
        )}
      </div>
      <button
        type="button"
        class="quiet row-remove"
        aria-label={`Move to the trash: ${task.title}`}
        title="Move to the trash"
        onClick={remove}
      >
        <Icon name="trash" />
      </button>
    </li>
  );
}

/** Milliseconds within which a second click at the same place is meant for the row that was there before. */
const DOUBLE_CLICK = 600;
let lastClick = { key: "", at: 0, x: 0, y: 0 };

/** Whether a click hits a row that has just moved below the pointer. */
function isSlip({ detail, clientX: x, clientY: y }: MouseEvent, key: string): boolean {
  // A key press has no place.
  if (detail === 0) return false;
  const before = lastClick;
  lastClick = { key, at: Date.now(), x, y };
  const isNear = Math.abs(x - before.x) < 8 && Math.abs(y - before.y) < 8;
  return before.key !== key && isNear && lastClick.at - before.at < DOUBLE_CLICK;
}

function Details({ item, showTag }: Pick<Props, "item" | "showTag">) {
  const { task, pending, refusal } = item;
  const overdue = task.due && !task.completed && isOverdue(task.due);
  const waits = pending && !refusal;
  if (!task.due && task.priority === "none" && !task.description && task.tags.length === 0 && !waits) return null;
  return (
    <p class="details">
      {task.due && (
        <span class={overdue ? "due overdue" : "due"} title={zoneText(task.due) ?? undefined}>
          <Icon name="today" />
          {overdue && <span class="visually-hidden">Overdue: </span>}
          {dueText(task.due)}
        </span>
      )}
      {task.priority !== "none" && (
        <span class={`flag priority-${task.priority}`}>
          <Icon name="flag" />
          {PRIORITY_NAMES[task.priority]}
        </span>
      )}
      {task.tags.map((tag) => (
        <button key={tag} type="button" class="tag" title={`Show tasks with #${tag}`} onClick={() => showTag(tag)}>
          #{tag}
        </button>
      ))}
      {task.description && (
        <span class="note">
          <Icon name="note" />
          <span class="note-text">{task.description}</span>
        </span>
      )}
      {waits && <span class="waits">Not sent yet</span>}
    </p>
  );
}
