import { TextInput } from "@mantine/core";
import { useEffect, useRef } from "react";
import type { Write } from "../state/use-write.ts";

interface WriteFieldsProps {
  readonly write: Write;
}

/** The field for a token where haprobe asks for one, and why a write was refused. */
export function WriteFields({ write }: WriteFieldsProps) {
  const field = useRef<HTMLInputElement>(null);
  const { needsToken, error, token, setToken } = write;
  useEffect(() => {
    if (needsToken) field.current?.focus();
  }, [needsToken]);
  return (
    <>
      {needsToken && (
        <TextInput
          size="xs"
          type="password"
          label="Token"
          required
          ref={field}
          autoComplete="off"
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
      )}
      {error !== "" && (
        <p className="remark-error" role="alert">
          {error}
        </p>
      )}
    </>
  );
}
