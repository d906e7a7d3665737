import { useRef } from "preact/hooks";
import type { Item } from "../replica/rows";
import { pastText } from "../tasks/due";
import { undo, type Workspace } from "../workspace";
import { Confirm, type ConfirmHandle } from "./confirm";
import { Icon } from "./icons";

interface Props {
  item: Item;
  workspace: Workspace;
  moveFocusFrom: (key: string, control: string) => void;
}

/** A task in the trash. */
export function TrashRow({ item, workspace, moveFocusFrom }: Props) {
  const question = useRef<ConfirmHandle>(null);
  const { title } = item.task;

  function restore() {
    moveFocusFrom(item.key, ".row-restore");
    void workspace.restore(item);
    workspace.say({ text: `Restored “${title}”`, action: undo(() => workspace.remove(item)) });
  }

  function erase() {
    moveFocusFrom(item.key, ".row-erase");
    void workspace.erase([item]);
    workspace.say({ text: `Deleted “${title}” permanently` });
  }

  return (
    <li class="task" data-key={item.key}>
      <div class="task-body">
        <p class="task-title">{title}</p>
        <p class="details">
          <span>Deleted {pastText(item.task.deleted_at)}</span>
          {item.pending && <span class="waits">Not sent yet</span>}
        </p>
      </div>
      <button type="button" class="secondary row-restore" aria-label={`Restore: ${title}`} onClick={restore}>
        <Icon name="restore" /> Restore
      </button>
      <button
        type="button"
        class="quiet row-erase"
        aria-label={`Delete permanently: ${title}`}
        title="Delete permanently"
        onClick={() => question.current?.ask()}
      >
        <Icon name="close" />
      </button>
      <Confirm ref={question} title="Delete permanently?" action="Delete" onConfirm={erase}>
        “{title}” cannot be restored after that.
      </Confirm>
    </li>
  );
}
