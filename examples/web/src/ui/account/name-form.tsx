import type { Account } from "../../account/account";
import type { Workspace } from "../../workspace";
import { Field, FormError } from "../field";
import { useSubmit } from "./submit";

interface Props {
  workspace: Workspace;
  account: Account;
  rename: (name: string) => Promise<void>;
}

/** Changes the display name. */
export function NameForm({ workspace, account, rename }: Props) {
  const { form, submit, busy, refusal } = useSubmit(async (text) => {
    await rename(text("name"));
    workspace.say({ text: "Name saved" });
  });
  const error = refusal.fields["/name"];
  return (
    <form ref={form} onSubmit={submit} noValidate>
      <FormError>{!error && refusal.message}</FormError>
      <Field label="Name" error={error}>
        {(control) => <input {...control} name="name" autocomplete="name" defaultValue={account.person.value?.name ?? ""} />}
      </Field>
      <div class="dialog-actions">
        <button type="submit" class="secondary" aria-disabled={busy}>
          Save name
        </button>
      </div>
    </form>
  );
}
