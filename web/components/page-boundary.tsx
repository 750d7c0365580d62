import { Component, type ReactNode } from "react";

/** Shows why a page cannot be shown, such as a file of it that an update removed, and leaves the rest of the dashboard alive. */
export class PageBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <div className="content">
        <div className="block part-failed" role="alert">
          <p>
            <b>This page could not be shown.</b> {error.message}
          </p>
          <button type="button" className="button" onClick={() => window.location.reload()}>
            Reload
          </button>
        </div>
      </div>
    );
  }
}
