import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** What `bench/inbox-load.js` writes. */
interface LoadReport {
  seconds: number;
  accepted: number;
  other: number;
  firstOther: string;
}

/** Where the requests go, and how many at a time. */
export interface LoadTarget {
  port: number;
  connections: number;
  /** The file of the authority that the server's certificate comes from; absent: plain HTTP. */
  ca?: string;
  /** The name that the server's certificate is for. */
  host: string;
}

export interface LoadGenerator {
  /** @returns answered requests a second, every one of them with `status` */
  load: (requests: readonly string[], status: number) => Promise<number>;
  end: () => void;
}

/** Starts a load generator. @param file where it reads the requests from */
export function startLoad({ port, connections, ca = '', host }: LoadTarget, file: string): LoadGenerator {
  const args = ['bench/inbox-load.js', String(port), String(connections), host, ca];
  const { stdin, stdout } = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const reports = createInterface(stdout)[Symbol.asyncIterator]();
  return {
    async load(requests, status) {
      await writeFile(file, requests.map((request) => JSON.stringify(request)).join('\n'));
      stdin.write(`${JSON.stringify({ file, status })}\n`);
      const { value, done } = await reports.next();
      if (done) throw new Error('the load generator ended');
      const { seconds, accepted, other, firstOther } = JSON.parse(value) as LoadReport;
      if (other > 0) throw new Error(`${other} of ${accepted + other} were not accepted: ${firstOther}`);
      return accepted / seconds;
    },
    end: () => stdin.end(),
  };
}
