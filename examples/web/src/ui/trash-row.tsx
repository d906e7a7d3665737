import { useRef } from "preact/hooks";
import type { Item } from "../replica/rows";
import type { Workspace } from "../workspace";
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
    workspace.say({ text: `Restored “${title}”`, undo: () => void workspace.remove(item) });
  }

  function erase() {
    moveFocusFrom(item.key, ".row-erase");
    void workspace.erase([item]);
    workspace.say({ text: `Deleted “${title}” for good` });
  }

  return (
    <li class="task" data-key={item.key}>
      <div class="task-body">
        <p class="task-title">{title}</p>
        {item.pending && <p class="details">Not sent yet</p>}
      </div>
      <button type="button" class="secondary row-restore" aria-label={`Restore: ${title}`} onClick={restore}>
        <Icon name="restore" /> Restore
      </button>
      <button
        type="button"
        class="quiet row-erase"
        aria-label={`Delete for good: ${title}`}
        title="Delete for good"
        onClick={() => question.current?.ask()}
      >
        <Icon name="close" />
      </button>
      <Confirm ref={question} title="Delete for good?" action="Delete for good" onConfirm={erase}>
        Nobody will be able to restore “{title}”.
      </Confirm>
    </li>
  );
}
