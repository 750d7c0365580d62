/** What ended, or what this person did. */
export interface Toast {
  readonly title: string;
  readonly text?: string;
  /** Id of the incident that it is about. */
  readonly incident?: string;
}

export interface ShownToast extends Toast {
  readonly id: number;
}

const TOASTS_MAX = 3;

/** The toasts that are shown, oldest first; a fourth one removes the oldest. */
export class ToastList {
  readonly #listeners = new Set<() => void>();
  #toasts: readonly ShownToast[] = [];
  #nextId = 0;

  get toasts(): readonly ShownToast[] {
    return this.#toasts;
  }

  add(toast: Toast): void {
    this.#nextId += 1;
    this.#set([...this.#toasts, { ...toast, id: this.#nextId }].slice(-TOASTS_MAX));
  }

  dismiss(id: number): void {
    this.#set(this.#toasts.filter((toast) => toast.id !== id));
  }

  /** Calls `listener` after each change; the returned function unsubscribes. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #set(toasts: readonly ShownToast[]): void {
    this.#toasts = toasts;
    for (const listener of [...this.#listeners]) listener();
  }
}
