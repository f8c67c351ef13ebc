// Log lines as the connectors write them; only each connector's events.ts calls it.

export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
