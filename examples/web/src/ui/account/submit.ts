/** A form that is sent, and what is wrong with it. */

import { useRef, useState } from "preact/hooks";
import type { Refusal } from "../../replica/rows";
import { inWords } from "../../words";
import { focusFirstInvalid } from "../field";

const NOTHING: Refusal = { message: "", fields: {} };

/** `send` gets what was entered; the form is emptied when it succeeds. */
export function useSubmit(send: (text: (name: string) => string) => Promise<void>) {
  const form = useRef<HTMLFormElement>(null);
  const [refusal, setRefusal] = useState(NOTHING);
  const [busy, setBusy] = useState(false);

  async function submit(event: Event) {
    event.preventDefault();
    if (busy) return;
    const data = new FormData(form.current!);
    setBusy(true);
    try {
      await send((name) => String(data.get(name) ?? ""));
      setRefusal(NOTHING);
      form.current?.reset();
    } catch (error) {
      setRefusal(inWords(error));
      focusFirstInvalid(form.current);
    } finally {
      setBusy(false);
    }
  }

  return { form, submit, busy, refusal };
}
