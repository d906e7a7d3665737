import type { Signal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import type { Client } from "@tasklane/client";
import type { Account } from "../../account/account";
import type { Workspace } from "../../workspace";
import { Data } from "./data";
import { NameForm } from "./name-form";
import { PasswordForm } from "./password-form";
import { Sessions } from "./sessions";

interface Props {
  workspace: Workspace;
  account: Account;
  client: Client;
  open: Signal<boolean>;
}

/** What people can see and change about their account. */
export function AccountDialog({ workspace, account, client, open }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const close = () => dialog.current?.close();
  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    return () => opener?.focus();
  }, []);
  const isLocal = account.rename !== null;
  return (
    <dialog
      ref={dialog}
      class="dialog account"
      aria-labelledby={id}
      onClose={(event) => event.target === dialog.current && (open.value = false)}
    >
      <div class="account-title">
        <h2 id={id}>Account</h2>
        <button type="button" class="secondary" onClick={close}>
          Close
        </button>
      </div>
      <p class="account-email">{workspace.person.email}</p>
      {account.rename && <NameForm workspace={workspace} account={account} rename={account.rename} />}
      {isLocal && <PasswordForm workspace={workspace} client={client} />}
      {isLocal && <Sessions client={client} />}
      <Data workspace={workspace} account={account} client={client} />
    </dialog>
  );
}
