const EXCERPT_LENGTH = 300;

/**
 * What a peer wrote, made fit for a terminal and a log: control characters (escape sequences) out, secrets that we
 * had sent out, one line, cut to 300 characters.
 */
export function excerpt(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    // Short ones are left alone: taking out every "1" would hide the text, not a secret.
    if (secret.length >= 8) clean = clean.replaceAll(secret, '<removed>');
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out here
  clean = clean.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\s]+/g, ' ').trim();
  return clean.length > EXCERPT_LENGTH ? `${clean.slice(0, EXCERPT_LENGTH)}…` : clean;
}
