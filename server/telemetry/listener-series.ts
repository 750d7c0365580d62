import type { ListenerCertificate } from "../contract/listener-certificate.ts";
import { MetricFamily } from "./exposition.ts";

/** The series of the listener's certificate; empty without one. */
export function renderListenerSeries(certificate: ListenerCertificate | null): string {
  if (certificate === null) return "";
  const expires = new MetricFamily(
    "haprobe_listener_certificate_expires_timestamp_seconds",
    "gauge",
    "When the certificate of the listener expires, seconds since 1970.",
  );
  expires.add("", certificate.expiresAt / 1_000);
  const usable = new MetricFamily(
    "haprobe_listener_certificate_files_usable",
    "gauge",
    "1 while the files of the listener's certificate can be used; 0 while an earlier pair is presented.",
  );
  usable.add("", certificate.error === null ? 1 : 0);
  return expires.render() + usable.render();
}
