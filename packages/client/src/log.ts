/** What the client says about itself; `console` fits, and so does a pino logger behind two lines. */
export interface Log {
  debug(message: string, details?: Readonly<Record<string, unknown>>): void;
  warn(message: string, details?: Readonly<Record<string, unknown>>): void;
}

export const silent: Log = {
  debug: () => undefined,
  warn: () => undefined,
};
