/** Wall clock in milliseconds since 1970, and timers. */
export interface FeedClock {
  wall(): number;
  after(ms: number, callback: () => void): () => void;
}
