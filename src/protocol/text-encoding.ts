/** Texts in another encoding than UTF-8, recognised by how they begin. */

/**
 * Says what is wrong with the encoding of a text, as it continues "it …". Editors and shells of Windows write UTF-16, or a byte order
 * mark, which belongs to no token, key or JSON.
 * @param bytes the beginning of the text, at least 4 bytes of it where there are so many
 * @returns null: nothing is known to be wrong
 */
export function encodingProblem(bytes: Uint8Array): string | null {
  const [first, second, third] = bytes;
  const utf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // ASCII in UTF-16 without a mark: every other byte is 0.
  const unmarked = bytes.length >= 4 && ((first === 0 && third === 0) || (second === 0 && bytes[3] === 0));
  if (utf16 || (unmarked && (first !== 0 || second !== 0))) return 'is UTF-16: save it as UTF-8';
  if (first === 0xef && second === 0xbb && third === 0xbf) {
    return 'begins with a byte order mark (BOM): save it as UTF-8 without one';
  }
  return null;
}

/** The text of bytes in UTF-8. @throws Error with {@link encodingProblem} */
export function utf8Text(bytes: Uint8Array): string {
  const problem = encodingProblem(bytes);
  if (problem !== null) throw new Error(`it ${problem}`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
