/** Numbers strings. */
import type { SectionSink, SectionSource } from './sections.ts';

/** Numbers strings that repeat (identities, types): a column then holds 4 bytes in place of a copy. */
export class StringPool {
  #strings: string[] = [];
  readonly #numbers = new Map<string, number>();

  get size(): number {
    return this.#strings.length;
  }

  /** The number of a string, or -1. */
  find(value: string): number {
    return this.#numbers.get(value) ?? -1;
  }

  /** The number of a string, new or not. */
  add(value: string): number {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    const number = this.#strings.length;
    this.#strings.push(value);
    this.#numbers.set(value, number);
    return number;
  }

  clear(): void {
    this.#strings = [];
    this.#numbers.clear();
  }

  at(number: number): string {
    return this.#strings[number] as string;
  }

  dump(name: string, sink: SectionSink): void {
    sink.json(name, this.#strings);
  }

  load(name: string, source: SectionSource): void {
    this.#strings = source.json(name) as string[];
    this.#numbers.clear();
    for (const [number, value] of this.#strings.entries()) this.#numbers.set(value, number);
  }
}
