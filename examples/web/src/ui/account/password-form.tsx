import type { Client } from "@tasklane/client";
import type { Workspace } from "../../workspace";
import { Field, FormError } from "../field";
import { Password } from "../password";
import { useSubmit } from "./submit";

/** Changes the password, which ends the other sessions. */
export function PasswordForm({ workspace, client }: { workspace: Workspace; client: Client }) {
  const { form, submit, busy, refusal } = useSubmit(async (text) => {
    const body = { current_password: text("current"), new_password: text("new") };
    await client.raw.PUT("/api/auth/password", { body });
    workspace.say({ text: "Password changed. Your other sessions have ended." });
  });
  const { fields, message } = refusal;
  const [current, next] = [fields["/current_password"], fields["/new_password"]];
  return (
    <form ref={form} onSubmit={submit} noValidate aria-labelledby="change-password">
      <h3 id="change-password">Change password</h3>
      <FormError>{!current && !next && message}</FormError>
      <Field label="Current password" error={current}>
        {(control) => <Password {...control} name="current" autocomplete="current-password" />}
      </Field>
      <Field label="New password" error={next} hint="At least 8 characters. Your other sessions end.">
        {(control) => <Password {...control} name="new" autocomplete="new-password" />}
      </Field>
      <div class="dialog-actions">
        <button type="submit" class="secondary" aria-disabled={busy}>
          Change password
        </button>
      </div>
    </form>
  );
}
