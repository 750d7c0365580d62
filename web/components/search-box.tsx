import { TextInput } from "@mantine/core";
import type { Ref } from "react";
import { SearchIcon } from "./icons.tsx";

interface SearchBoxProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly input: Ref<HTMLInputElement>;
}

/** Search field: filters by server, backend, instance or address. */
export function SearchBox({ text, onText, input }: SearchBoxProps) {
  return (
    <TextInput
      ref={input}
      className="search"
      type="search"
      size="sm"
      placeholder="Server, backend, address"
      aria-label="Search servers"
      maxLength={200}
      leftSection={<SearchIcon />}
      value={text}
      onChange={(event) => onText(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        if (text === "") event.currentTarget.blur();
        else onText("");
      }}
    />
  );
}
