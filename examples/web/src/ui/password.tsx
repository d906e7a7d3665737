import { useState } from "preact/hooks";
import type { Control } from "./field";

interface Props extends Control {
  name: string;
  autocomplete: "current-password" | "new-password";
}

/** A password that can be shown while it is typed. */
export function Password({ name, autocomplete, ...control }: Props) {
  const [isShown, setIsShown] = useState(false);
  return (
    <div class="password">
      <input
        {...control}
        name={name}
        type={(isShown ? "text" : "password") as "password"}
        autocomplete={autocomplete}
        autocapitalize="off"
        spellcheck={false}
        required
      />
      <button type="button" class="link" aria-pressed={isShown} aria-label="Show password" onClick={() => setIsShown(!isShown)}>
        {isShown ? "Hide" : "Show"}
      </button>
    </div>
  );
}
