declare module 'saslprep' {
  /** RFC 4013; throws when the text is not allowed. */
  export default function saslprep(input: string, options?: { allowUnassigned?: boolean }): string;
}
