/** Placeholder. */
export async function seedHistory(_stateFolder: string): Promise<void> {}
