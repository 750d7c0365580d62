import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP relay on a fixed port between vantages and a hub, which cuts, delays and loses answers on request. */
export class Relay implements AsyncDisposable {
  /** `cut`: no connection; `lossy`: the hub's answers are lost, and their connection with them. */
  mode: "pass" | "cut" | "lossy" = "pass";
  delayMs = 0;
  /** Answers that were lost. */
  lost = 0;
  readonly #target: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#relay(client));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Ends every connection, and takes none until the mode is another one. */
  cut(): void {
    this.mode = "cut";
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #relay(client: Socket): void {
    if (this.mode === "cut") return void client.destroy();
    const hub = connect(this.#target, "127.0.0.1");
    const end = (): void => {
      client.destroy();
      hub.destroy();
    };
    for (const socket of [client, hub]) {
      this.#sockets.add(socket);
      socket.on("error", end);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    client.on("data", (bytes: Buffer) => setTimeout(() => hub.writable && hub.write(bytes), this.delayMs));
    hub.on("data", (bytes: Buffer) => {
      if (this.mode === "lossy") {
        this.lost += 1;
        return end();
      }
      setTimeout(() => client.writable && client.write(bytes), this.delayMs);
    });
  }
}
