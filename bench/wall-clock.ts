/** Wall clock in milliseconds with fractions, which two processes of one machine can compare. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
