import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

/** What a control needs to be known by its label and its error. */
export interface Control {
  id: string;
  "aria-invalid": boolean;
  "aria-describedby": string | undefined;
}

interface Props {
  label: string;
  hint?: string;
  error?: string | undefined;
  children: (control: Control) => JSX.Element;
}

/** A control with its label, and with its hint or what is wrong about it. */
export function Field({ label, hint, error, children }: Props) {
  const id = useId();
  const words = error ?? hint;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, "aria-invalid": Boolean(error), "aria-describedby": words ? `${id}-words` : undefined })}
      {words && (
        <p id={`${id}-words`} class={error ? "field-error" : "field-hint"}>
          {words}
        </p>
      )}
    </div>
  );
}

/** What is wrong with a form as a whole; read out when it appears. */
export function FormError({ children }: { children: ComponentChildren }) {
  return (
    <div role="alert" class="form-error-place">
      {children && <p class="form-error">{children}</p>}
    </div>
  );
}

/** Puts the focus where the first mistake is. */
export function focusFirstInvalid(form: HTMLElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
