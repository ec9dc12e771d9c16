/** UTS #46 processing options; see https://www.unicode.org/reports/tr46/#Processing */
interface Uts46Options {
  useSTD3ASCIIRules?: boolean;
  checkBidi?: boolean;
  checkHyphens?: boolean;
  checkJoiners?: boolean;
  transitionalProcessing?: boolean;
  verifyDNSLength?: boolean;
}
/** A-label form, or `null` when the name isn't valid. */
export declare function toASCII(name: string, options: Uts46Options): string | null;
/** U-label form; `error` when the name isn't valid. */
export declare function toUnicode(name: string, options: Uts46Options): { domain: string; error: boolean };
