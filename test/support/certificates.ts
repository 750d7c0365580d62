export { createAuthority as makeAuthority } from "../../demo/stand-in/certificates.ts";
export type { CertificateAuthority, CertificatePem as CertificateFiles } from "../../demo/stand-in/certificates.ts";
