import { type Command, InvalidArgumentError } from "commander";

/** Adds the options that select the HAProxies and the configuration. */
export function addSourceOptions(command: Command): Command {
  return command
    .option("-c, --config <file>", "configuration file (docs/configuration.md lists the default paths)")
    .option(
      "--haproxy <url>",
      "a stats address such as unix:/run/haproxy/admin.sock, tcp://host:9999 or http://host:8404/stats; repeatable",
      (url: string, before: readonly string[] | undefined) => [...(before ?? []), url],
    );
}

/** Adds the options that select a running haprobe. */
export function addServiceOptions(command: Command): Command {
  command.option("-c, --config <file>", "configuration file of the haprobe, which says where it listens");
  return addUrlOptions(command, "the haprobe, such as http://127.0.0.1:8405 or unix:/run/haprobe/haprobe.sock");
}

/** Adds the options for the address of a running haprobe, and for TLS with it. */
export function addUrlOptions(command: Command, description: string): Command {
  return command
    .option("--url <url>", description, parseUrlArgument)
    .option("--ca-file <file>", "certificates to trust at an https URL: authorities, or the listener's own")
    .option("--client-cert-file <file>", "client certificate, where the haprobe has client-ca-file")
    .option("--client-key-file <file>", "its key; without it, that is in the file of the certificate");
}

function parseUrlArgument(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !(/^https?:$/.test(url.protocol) || text.startsWith("unix:/"))) {
    throw new InvalidArgumentError("Write it like http://127.0.0.1:8405 or unix:/run/haprobe/haprobe.sock.");
  }
  return url;
}
