export { makeAuthority } from "../../demo/stand-in/certificates.ts";
export type { CertificateAuthority, CertificateFiles } from "../../demo/stand-in/certificates.ts";
