import type { Signal } from "@preact/signals";
import type { Item } from "../replica/rows";
import { inView, type View, VIEWS } from "../tasks/find";
import { Icon } from "./icons";
import { view } from "./route";

export const VIEW_NAMES: Record<View, string> = {
  open: "Tasks",
  today: "Today",
  done: "Completed",
  trash: "Trash",
};

/** The views: beside the tasks, or below them on a small screen. */
export function Navigation({ items, help }: { items: Item[]; help: Signal<boolean> }) {
  return (
    <nav class="navigation" aria-label="Views">
      <ul>
        {VIEWS.map((name) => {
          const count = items.filter((item) => inView(name, item)).length;
          return (
            <li key={name}>
              <a href={`#/${name}`} aria-current={view.value === name ? "page" : undefined}>
                <Icon name={name} />
                <span>{VIEW_NAMES[name]}</span>
                {count > 0 && (
                  <span class="count" aria-label={`${count} ${count === 1 ? "task" : "tasks"}`}>
                    {count}
                  </span>
                )}
              </a>
            </li>
          );
        })}
      </ul>
      <button type="button" class="link help" onClick={() => (help.value = true)}>
        <Icon name="keyboard" /> Keyboard shortcuts
      </button>
    </nav>
  );
}
