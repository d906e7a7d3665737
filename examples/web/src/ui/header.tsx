import type { Signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Account } from "../account/account";
import type { Filter } from "../tasks/find";
import type { Workspace } from "../workspace";
import { Confirm, type ConfirmHandle } from "./confirm";
import { Icon } from "./icons";
import { SyncState } from "./sync-state";

interface Props {
  workspace: Workspace;
  account: Account;
  filter: Signal<Filter>;
}

/** Search, how the sync stands, and the way out. */
export function Header({ workspace, account, filter }: Props) {
  const question = useRef<ConfirmHandle>(null);
  const { email, name } = workspace.person;

  async function leave() {
    await workspace.forget();
    await account.signOut().catch(() => {});
  }

  return (
    <header class="header">
      <p class="brand">
        <img src="./icon.svg" alt="" width="28" height="28" /> <span>Tasklane</span>
      </p>
      <form role="search" class="search" onSubmit={(event) => event.preventDefault()}>
        <Icon name="search" />
        <input
          type="search"
          aria-label="Search"
          placeholder="Search titles, descriptions and tags"
          value={filter.value.words}
          onInput={(event) => (filter.value = { ...filter.value, words: event.currentTarget.value })}
        />
      </form>
      <SyncState workspace={workspace} />
      <div class="person">
        <span class="person-name" title={email ?? ""}>
          {name ?? email}
        </span>
        <button
          type="button"
          class="quiet"
          aria-label="Sign out"
          title="Sign out"
          onClick={() => (workspace.replica.unsent.value > 0 ? question.current?.ask() : leave())}
        >
          <Icon name="leave" />
        </button>
      </div>
      <Confirm ref={question} title="Sign out and lose changes?" action="Sign out" onConfirm={leave}>
        Signing out removes your tasks from this browser, and {workspace.replica.unsent.value} of your changes have not
        reached the server yet.
      </Confirm>
    </header>
  );
}
