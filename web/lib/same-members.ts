interface WithMembers {
  readonly members: readonly unknown[];
}

/** True where nothing differs between the two: each property is the same, and so is each member of the list that is made anew with each message. */
export function hasSameMembers<T extends WithMembers>({ members, ...one }: T, { members: next, ...other }: T): boolean {
  return (
    Object.entries(other).every(([name, value]) => Object.is(Reflect.get(one, name), value)) &&
    members.length === next.length &&
    members.every((member, i) => member === next[i])
  );
}
