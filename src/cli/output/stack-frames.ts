/** Stack traces for `--verbose`. */

/** The frames of a stack trace, without the message, which is printed as an error's. */
export function frames(stack: string): string[] {
  return stack.split('\n').filter((line) => /^ {4}at /.test(line));
}
