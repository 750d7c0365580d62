import { TextInput } from "@mantine/core";
import { SearchIcon } from "./icons.tsx";

interface SearchFieldProps {
  readonly label: string;
  /** What can be typed; the label where it is missing. */
  readonly placeholder?: string;
  readonly text: string;
  readonly onText: (text: string) => void;
}

/** The search of a page; Escape empties it, then leaves it. */
export function SearchField({ label, placeholder = label, text, onText }: SearchFieldProps) {
  return (
    <TextInput
      className="search"
      type="search"
      size="sm"
      placeholder={placeholder}
      aria-label={label}
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
