import type { ComponentChildren } from "preact";
import { forwardRef } from "preact/compat";
import { useId, useImperativeHandle, useRef } from "preact/hooks";

export interface ConfirmHandle {
  ask(): void;
}

interface Props {
  title: string;
  action: string;
  cancel?: string;
  children: ComponentChildren;
  onConfirm: () => void;
}

/** Asks before something that cannot be undone. */
export const Confirm = forwardRef<ConfirmHandle, Props>(({ title, action, cancel = "Cancel", children, onConfirm }, handle) => {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useImperativeHandle(handle, () => ({ ask: () => dialog.current?.showModal() }), []);
  return (
    <dialog ref={dialog} class="dialog dialog-small" role="alertdialog" aria-labelledby={id} aria-describedby={`${id}-words`}>
      <h2 id={id}>{title}</h2>
      <p id={`${id}-words`}>{children}</p>
      <div class="dialog-actions">
        <button type="button" class="secondary" onClick={() => dialog.current?.close()}>
          {cancel}
        </button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            dialog.current?.close();
            onConfirm();
          }}
        >
          {action}
        </button>
      </div>
    </dialog>
  );
});
