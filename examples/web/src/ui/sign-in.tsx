import { useEffect, useRef, useState } from "preact/hooks";
import type { Account } from "../account/account";
import { SignInError } from "../account/better-auth";
import type { Refusal } from "../replica/rows";
import { inWords } from "../words";
import { Entrance } from "./entrance";
import { Field, focusFirstInvalid, FormError } from "./field";
import { Password } from "./password";

const NOTHING: Refusal = { message: "", fields: {} };

/** The way in: an account that is there, or a new one. */
export function SignIn({ account }: { account: Account }) {
  const [isNew, setIsNew] = useState(false);
  const [refusal, setRefusal] = useState(NOTHING);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const title = isNew ? "Create your account" : "Sign in";
  useEffect(() => {
    document.title = `${isNew ? "Sign up" : "Sign in"} · Tasklane`;
  }, [isNew]);

  async function submit(event: Event) {
    event.preventDefault();
    if (busy) return;
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(data.get(name) ?? "");
    const credentials = { email: text("email"), password: text("password"), name: text("name") };
    setBusy(true);
    setRefusal(NOTHING);
    try {
      await (isNew ? account.signUp(credentials) : account.signIn(credentials));
    } catch (error) {
      setRefusal(error instanceof SignInError ? { message: error.message, fields: {} } : inWords(error));
      focusFirstInvalid(form.current);
    } finally {
      setBusy(false);
    }
  }

  function change() {
    setIsNew(!isNew);
    setRefusal(NOTHING);
    form.current?.querySelector("input")?.focus();
  }

  const { fields } = refusal;
  const atFields = ["/email", "/password", "/name"].some((pointer) => pointer in fields);
  return (
    <Entrance title={title}>
        {account.expired.value && (
          <p class="notice-line" role="status">
            Your session has ended. Sign in again: your unsent changes are kept and will be sent.
          </p>
        )}
        <form ref={form} onSubmit={submit} noValidate>
          <FormError>{!atFields && refusal.message}</FormError>
          {isNew && (
            <Field label="Name (optional)" error={fields["/name"]}>
              {(control) => <input {...control} name="name" autocomplete="name" />}
            </Field>
          )}
          <Field label="Email" error={fields["/email"]}>
            {(control) => <input {...control} name="email" type="email" autocomplete="username" required />}
          </Field>
          <Field label="Password" error={fields["/password"]} {...(isNew && { hint: "At least 8 characters." })}>
            {(control) => <Password {...control} name="password" autocomplete={isNew ? "new-password" : "current-password"} />}
          </Field>
          <button class="primary wide" type="submit" aria-disabled={busy}>
            {isNew ? "Sign up" : "Sign in"}
          </button>
        </form>
        <p class="entrance-other">
          {isNew ? "Already have an account?" : "New here?"}{" "}
          <button type="button" class="link" onClick={change}>
            {isNew ? "Sign in" : "Create an account"}
          </button>
        </p>
    </Entrance>
  );
}
