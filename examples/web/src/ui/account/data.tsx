import { useState } from "preact/hooks";
import type { Client } from "@tasklane/client";
import type { Account } from "../../account/account";
import type { Workspace } from "../../workspace";
import { inWords } from "../../words";
import { Field, FormError } from "../field";
import { Password } from "../password";
import { useSubmit } from "./submit";

interface Props {
  workspace: Workspace;
  account: Account;
  client: Client;
}

/** A copy of everything, and the end of it. */
export function Data({ workspace, account, client }: Props) {
  const [failure, setFailure] = useState("");
  const [isLeaving, setIsLeaving] = useState(false);

  async function download() {
    try {
      const { data } = await client.raw.GET("/api/users/me/export");
      save("tasklane-export.json", JSON.stringify(data, null, 2));
      setFailure("");
    } catch (error) {
      setFailure(inWords(error).message);
    }
  }

  return (
    <section aria-labelledby="data">
      <h3 id="data">Your data</h3>
      <FormError>{failure}</FormError>
      <div class="account-data">
        <button type="button" class="secondary" onClick={download}>
          Download your data
        </button>
        {!isLeaving && (
          <button type="button" class="secondary warn" onClick={() => setIsLeaving(true)}>
            Delete your account…
          </button>
        )}
      </div>
      {isLeaving && <Leave workspace={workspace} account={account} client={client} cancel={() => setIsLeaving(false)} />}
    </section>
  );
}

function Leave({ workspace, account, client, cancel }: Props & { cancel: () => void }) {
  const isLocal = account.rename !== null;
  const { form, submit, busy, refusal } = useSubmit(async (text) => {
    await client.raw.DELETE("/api/users/me", isLocal ? { body: { password: text("password") } } : {});
    await workspace.forget();
    await account.signOut().catch(() => {});
  });
  const error = refusal.fields["/password"];
  return (
    <form ref={form} onSubmit={submit} noValidate class="account-leave">
      <p>Your account and all of your tasks are deleted at once. This cannot be undone.</p>
      <FormError>{!error && refusal.message}</FormError>
      {isLocal && (
        <Field label="Your password" error={error}>
          {(control) => <Password {...control} name="password" autocomplete="current-password" />}
        </Field>
      )}
      <div class="dialog-actions">
        <button type="button" class="secondary" onClick={cancel}>
          Cancel
        </button>
        <button type="submit" class="danger" aria-disabled={busy}>
          Delete account
        </button>
      </div>
    </form>
  );
}

function save(name: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
