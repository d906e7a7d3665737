/** Which view the URL names: `#/trash`. What is behind `#` reaches no server. */

import { signal } from "@preact/signals";
import { type View, VIEWS } from "../tasks/find";

export const view = signal<View>(named());

window.addEventListener("hashchange", () => (view.value = named()));

function named(): View {
  const name = location.hash.replace(/^#\/?/, "");
  return VIEWS.find((known) => known === name) ?? "open";
}
