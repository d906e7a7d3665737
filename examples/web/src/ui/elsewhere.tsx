import type { Item } from "../replica/rows";
import { type Filter, found, isFiltered, type View, VIEWS } from "../tasks/find";
import { VIEW_NAMES } from "./navigation";
import { view } from "./route";

/** Where else there are tasks that match: a search in one view must not hide those of another. */
export function Elsewhere({ items, filter }: { items: Item[]; filter: Filter }) {
  if (!isFiltered(filter)) return null;
  const others = VIEWS.filter((name) => name !== view.value && !(name === "today" && view.value === "open"));
  const matches = others.map((name) => [name, found(items, name, filter).length] as const).filter(([, count]) => count > 0);
  if (matches.length === 0) return null;
  return (
    <p class="elsewhere">
      Also found:{" "}
      {matches.map(([name, count], index) => (
        <span key={name}>
          {index > 0 && ", "}
          <a href={`#/${name}`}>{words(name, count)}</a>
        </span>
      ))}
    </p>
  );
}

function words(name: View, count: number): string {
  return `${count} in ${VIEW_NAMES[name]}`;
}
