import type { Signal } from "@preact/signals";
import type { Item } from "../replica/rows";
import { type Filter, type Order, ORDERS, PRIORITIES, type Priority, tagsOf } from "../tasks/find";
import { view } from "./route";

export const PRIORITY_NAMES: Record<Priority, string> = {
  urgent: "Urgent",
  high: "High",
  medium: "Medium",
  low: "Low",
  none: "None",
};

/** Narrows and orders what is shown. */
export function Filters({ items, filter }: { items: Item[]; filter: Signal<Filter> }) {
  const { priority, tag, order } = filter.value;
  const change = (part: Partial<Filter>) => (filter.value = { ...filter.value, ...part });
  const tags = tagsOf(items);
  return (
    <div class="filters" role="group" aria-label="Filters">
      <select
        aria-label="Priority"
        class={priority && "in-use"}
        value={priority}
        onChange={(event) => change({ priority: event.currentTarget.value as Priority | "" })}
      >
        <option value="">Any priority</option>
        {PRIORITIES.map((name) => (
          <option key={name} value={name}>
            {name === "none" ? "No priority" : PRIORITY_NAMES[name]}
          </option>
        ))}
      </select>
      {(tags.length > 0 || tag) && (
        <select
          aria-label="Tag"
          class={tag && "in-use"}
          value={tag}
          onChange={(event) => change({ tag: event.currentTarget.value })}
        >
          <option value="">Any tag</option>
          {(tag && !tags.includes(tag) ? [tag, ...tags] : tags).map((name) => (
            <option key={name} value={name}>
              #{name}
            </option>
          ))}
        </select>
      )}
      {(view.value === "open" || view.value === "today") && (
        <select
          aria-label="Sort by"
          value={order}
          onChange={(event) => change({ order: event.currentTarget.value as Order })}
        >
          {Object.entries(ORDERS).map(([name, text]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}
