/** The resident memory of another process. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Resident bytes of a process; null when it has ended or the platform can't tell. Linux reads
 * /proc; macOS asks ps, which is slower but touches the measured process as little.
 */
export const residentBytes = (pid: number): number | null => {
  try {
    if (process.platform === 'linux') {
      const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      return kib === undefined ? null : Number(kib) * 1024;
    }
    if (process.platform === 'darwin') {
      const text = execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8', timeout: 1000 });
      const kib = Number(text.trim());
      return Number.isFinite(kib) ? kib * 1024 : null;
    }
  } catch {
    // The process ended between the tick and the look.
  }
  return null;
};
