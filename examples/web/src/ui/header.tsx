import { type Signal, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Client } from "@tasklane/client";
import type { Account } from "../account/account";
import type { Filter } from "../tasks/find";
import type { Workspace } from "../workspace";
import { AccountDialog } from "./account/account-dialog";
import { Confirm, type ConfirmHandle } from "./confirm";
import { Icon } from "./icons";
import { SyncState } from "./sync-state";

interface Props {
  workspace: Workspace;
  account: Account;
  client: Client;
  filter: Signal<Filter>;
}

/** Search, how the sync stands, the account, and the way out. */
export function Header({ workspace, account, client, filter }: Props) {
  const question = useRef<ConfirmHandle>(null);
  const isOpen = useSignal(false);
  const { email, name } = account.person.value ?? workspace.person;

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
          id="search"
          aria-label="Search"
          placeholder="Search"
          value={filter.value.words}
          onInput={(event) => (filter.value = { ...filter.value, words: event.currentTarget.value })}
        />
      </form>
      <SyncState workspace={workspace} />
      <div class="person">
        <button
          type="button"
          class="account-button"
          aria-label={`Account: ${name || email}`}
          title={email ?? ""}
          onClick={() => (isOpen.value = true)}
        >
          <Icon name="person" />
          <span class="person-name">{name || email}</span>
        </button>
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
        Signing out removes your tasks from this browser, and {unsent(workspace.replica.unsent.value)} not reached the
        server yet.
      </Confirm>
      {isOpen.value && <AccountDialog workspace={workspace} account={account} client={client} open={isOpen} />}
    </header>
  );
}

function unsent(count: number): string {
  return count === 1 ? "1 change has" : `${count} changes have`;
}
