/** The content of an item: what a client may write. */

/** Any object of JSON. */
export type Json = Record<string, unknown>;

/** What only the server sets, and what the libraries add to their rows. */
const SET_BY_SERVER = /^(id|owner_id|revision|series_id|next_id|.*_at|[$_].*)$/;

/** The members that may be written. */
export function contentOf(item: object): Json {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !SET_BY_SERVER.test(name)));
}

/** The JSON merge patch (RFC 7396) that turns one content into the other. */
export function patchOf(from: Json, to: Json): Json {
  const patch: Json = {};
  for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const [before, after] = [from[name], to[name]];
    if (isSame(before, after)) continue;
    patch[name] = isObject(before) && isObject(after) ? patchOf(before, after) : (after ?? null);
  }
  return patch;
}

/** Whether two values of JSON are equal, white space around text aside: the server trims it. */
export function isSame(one: unknown, other: unknown): boolean {
  if (typeof one === "string" && typeof other === "string") return one.trim() === other.trim();
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return (one ?? null) === (other ?? null);
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => isSame((one as Json)[name], (other as Json)[name]));
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * What both want: theirs with what has changed from `base` to `mine`. Null when both have changed one member,
 * and differently.
 */
export function mergeOf(base: Json, mine: Json, theirs: Json): Json | null {
  const merged = { ...theirs };
  for (const name of new Set([...Object.keys(base), ...Object.keys(mine)])) {
    const [was, wanted, is] = [base[name], mine[name], theirs[name]];
    if (isSame(was, wanted) || isSame(is, wanted)) continue;
    if (isSame(was, is)) merged[name] = wanted;
    else if (isObject(was) && isObject(wanted) && isObject(is)) {
      const inner = mergeOf(was, wanted, is);
      if (!inner) return null;
      merged[name] = inner;
    } else return null;
  }
  return merged;
}
