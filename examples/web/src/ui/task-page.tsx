import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Client } from "@tasklane/client";
import type { Account } from "../account/account";
import type { Item } from "../replica/rows";
import { type Filter, UNFILTERED } from "../tasks/find";
import type { Workspace } from "../workspace";
import { AddTask } from "./add-task";
import { EditDialog } from "./edit-dialog";
import { Filters } from "./filters";
import { Header } from "./header";
import { Navigation, VIEW_NAMES } from "./navigation";
import { view } from "./route";
import { Shortcuts, useShortcuts } from "./shortcuts";
import { TaskList } from "./task-list";
import { Toast } from "./toast";

/** What the dialog is about: a task, or the new one that it is to become. */
export type Editing = { item: Item | null; title: string } | null;

interface Props {
  workspace: Workspace;
  account: Account;
  client: Client;
}

/** Somebody's tasks. */
export function TaskPage({ workspace, account, client }: Props) {
  const filter = useSignal<Filter>({ ...UNFILTERED, order: "due" });
  const help = useSignal(false);
  useShortcuts(help);
  const editing = useSignal<Editing>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const name = VIEW_NAMES[view.value];
  useEffect(() => {
    document.title = `${name} · Tasklane`;
  }, [name]);
  return (
    <div class="page">
      <a class="skip" href="#tasks" onClick={skip(heading)}>
        Skip to the tasks
      </a>
      <Header workspace={workspace} account={account} client={client} filter={filter} />
      <Navigation items={workspace.replica.items.value} help={help} />
      <main>
        <div class="title-line">
          <h1 ref={heading} tabIndex={-1}>
            {name}
          </h1>
          <Filters items={workspace.replica.items.value} filter={filter} />
        </div>
        {(view.value === "open" || view.value === "today") && <AddTask workspace={workspace} editing={editing} filter={filter} />}
        <TaskList workspace={workspace} filter={filter} editing={editing} heading={heading} />
      </main>
      {editing.value && <EditDialog workspace={workspace} editing={editing} />}
      {help.value && <Shortcuts help={help} />}
      <Toast workspace={workspace} />
    </div>
  );
}

/** The hash names the view, so the link moves the focus only. */
function skip(target: { current: HTMLElement | null }) {
  return (event: Event) => {
    event.preventDefault();
    target.current?.focus();
  };
}
